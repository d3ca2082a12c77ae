"""Rates of one system over kinds of images: where it is strong and where it fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.table import FaceTable
from lookalike.metrics.rates import within
from lookalike.report.answers import Answers

TOP = 10


@dataclass(frozen=True)
class Group:
    """Rates over the images of one kind.

    Attributes:
        kind: what the images are told apart by.
        value: which of them.
        count: how many images.
        top1: share of queries answered right at rank 1; None for gallery images.
        top10: share of queries answered right within 10, or of a gallery image's own queries that find it within 10.
    """

    kind: str
    value: str
    count: int
    top1: float | None
    top10: float


@dataclass(frozen=True)
class Kind:
    """One way to tell images apart: image id -> value, and what is said of an image that has none."""

    value_of: Mapping[str, str]
    otherwise: str


def kinds(catalog: Catalog, faces: FaceTable | None, styles: Mapping[str, str]) -> dict[str, Kind]:
    """Return the ways in which this dataset's images can be told apart, by name."""
    found = {"domain": Kind(dict(zip(catalog.image_id, catalog.domain, strict=True)), "unknown")}
    if faces is not None:
        said = {True: "found", False: "not found"}
        value_of = {name: said[bool(there)] for name, there in zip(faces.image_id, faces.found, strict=True)}
        found["face"] = Kind(value_of, "not read")
    return found | ({"style": Kind(styles, "not named")} if styles else {})


def query_groups(system: Answers, kinds: Mapping[str, Kind]) -> list[Group]:
    """Return the rates of the scored queries, by kind."""
    name = system.query_id[system.scored]
    first = system.first_hit[system.scored]
    return [
        Group(
            kind, value, int(mask.sum()), float(within(first[mask], 1).mean()), float(within(first[mask], TOP).mean())
        )
        for kind, value, mask in _masks(name, kinds)
    ]


def gallery_groups(system: Answers, catalog: Catalog, kinds: Mapping[str, Kind]) -> list[Group]:
    """Return how often the images of the gallery are found by the queries that look for them, by kind."""
    found, looked_for = _finds(system, catalog)
    name = np.array(sorted(looked_for), dtype=object)
    recall = np.array([found.get(image, 0) / looked_for[image] for image in name])
    return [
        Group(kind, value, int(mask.sum()), None, float(recall[mask].mean()))
        for kind, value, mask in _masks(name, kinds)
    ]


def _finds(system: Answers, catalog: Catalog) -> tuple[dict[str, int], dict[str, int]]:
    """Return, by gallery image: in how many first tens it is right, and how many queries look for it."""
    label_of = dict(zip(catalog.image_id, catalog.label, strict=True))
    queries = system.query_id[system.scored]
    wanted, count = np.unique(np.array([label_of[name] for name in queries], dtype=str), return_counts=True)
    queries_of = dict(zip(wanted.tolist(), count.tolist(), strict=True))
    gallery = catalog.image_id[catalog.split == "gallery"]
    looked_for = {name: queries_of[label_of[name]] for name in gallery if label_of[name] in queries_of}
    found: dict[str, int] = {}
    hit = system.judgement.hit[:, :TOP]
    for answer in system.gallery_id[system.scored][:, : hit.shape[1]][hit[:, : system.gallery_id.shape[1]]]:
        found[answer] = found.get(answer, 0) + 1
    return found, looked_for


def _masks(name: np.ndarray, kinds: Mapping[str, Kind]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (kind, value, mask over `name`) for every kind that tells at least two values apart."""
    for title, kind in kinds.items():
        values = np.array([kind.value_of.get(image, kind.otherwise) for image in name], dtype=str)
        distinct = np.unique(values).tolist()
        yield from ((title, value, values == value) for value in distinct if len(distinct) > 1)
