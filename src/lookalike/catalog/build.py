"""A dataset folder becomes a catalogue."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from lookalike.catalog.duplicates import count_copies, find_leaks
from lookalike.catalog.labels import read_test_labels
from lookalike.catalog.layout import ImageFile, list_images
from lookalike.catalog.probe import LookAll, probe_all
from lookalike.catalog.table import Catalog
from lookalike.kit.images.look import Look
from lookalike.params.datasets import DatasetOptions

_TEST_DOMAIN = {"query": "real", "gallery": "synthetic"}


@dataclass(frozen=True)
class CatalogReport:
    """A catalogue, and what was noticed while it was made.

    Attributes:
        catalog: one row an image file, readable or not.
        faults: what is wrong with the dataset -> the names it is wrong about, sorted.
        ignored: why entries of the folder are not images -> how many.
        animated: how many images hold an animation, of which the first frame is taken.
        copies: how many readable files repeat the bytes of another one.
    """

    catalog: Catalog
    faults: dict[str, list[str]]
    ignored: dict[str, int]
    animated: int
    copies: int


def build_catalog(root: Path, options: DatasetOptions, look_all: LookAll | None = None) -> CatalogReport:
    """List, decode and label every image of a dataset.

    Args:
        root: the dataset's folder, or a link to it.
        options: its recipe.
        look_all: looks at files, in their order; the guard, which decodes each, by default.

    Raises:
        LookalikeError: the folder or its label file cannot be used; the message says why.
    """
    listing = list_images(root)
    labels = read_test_labels(root, listing.files, options)
    probes = probe_all([root / file.image_id for file in listing.files], options.partial == "accept", look_all)
    catalog = _table(listing.files, probes, labels.label, options)
    partial = [file.image_id for file, probe in zip(listing.files, probes, strict=True) if probe.partial]
    accepted = {"partial, accepted": partial} if partial else {}
    faults = {**accepted, **labels.faults, **find_leaks(catalog)}
    return CatalogReport(catalog, faults, listing.ignored, sum(p.animated for p in probes), count_copies(catalog))


def domain_of(file: ImageFile, options: DatasetOptions) -> str:
    """Return real or synthetic: a test image by split, a training image by name; unknown otherwise."""
    if file.split in _TEST_DOMAIN:
        return _TEST_DOMAIN[file.split]
    patterns = {"real": options.real_pattern, "synthetic": options.synthetic_pattern}
    matching = [domain for domain, pattern in patterns.items() if fnmatchcase(file.name, pattern)]
    return matching[0] if len(matching) == 1 else "unknown"


def _table(files: tuple[ImageFile, ...], probes: list[Look], label: dict[str, str], options: DatasetOptions) -> Catalog:
    return Catalog(
        image_id=_texts([file.image_id for file in files]),
        split=_texts([file.split for file in files]),
        domain=_texts([domain_of(file, options) for file in files]),
        label=_texts([file.identity or label.get(file.image_id) for file in files]),
        width=np.array([probe.width for probe in probes], np.int32),
        height=np.array([probe.height for probe in probes], np.int32),
        sha256=_texts([probe.sha256 for probe in probes]),
        status=_texts([probe.status for probe in probes]),
    )


def _texts(values: list[str] | list[str | None]) -> np.ndarray:
    return np.array(values, dtype=object)
