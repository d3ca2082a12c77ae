"""Rates of one system over kinds of images: where it is strong and where it fails."""

from collections.abc import Iterator
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


def query_groups(system: Answers, catalog: Catalog, faces: FaceTable | None) -> list[Group]:
    """Return the rates of the scored queries, by domain and by whether a face was found."""
    name = system.query_id[system.scored]
    first = system.first_hit[system.scored]
    return [
        Group(
            kind, value, int(mask.sum()), float(within(first[mask], 1).mean()), float(within(first[mask], TOP).mean())
        )
        for kind, value, mask in _masks(name, catalog, faces)
    ]


def gallery_groups(system: Answers, catalog: Catalog, faces: FaceTable | None) -> list[Group]:
    """Return how often the images of the gallery are found by the queries that look for them."""
    found, looked_for = _finds(system, catalog)
    name = np.array(sorted(looked_for), dtype=object)
    recall = np.array([found.get(image, 0) / looked_for[image] for image in name])
    return [
        Group(kind, value, int(mask.sum()), None, float(recall[mask].mean()))
        for kind, value, mask in _masks(name, catalog, faces)
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


def _masks(name: np.ndarray, catalog: Catalog, faces: FaceTable | None) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (kind, value, mask over `name`) for every division that tells at least two kinds apart."""
    columns = {"domain": dict(zip(catalog.image_id, catalog.domain, strict=True))}
    if faces is not None:
        columns["face"] = {n: "found" if f else "not found" for n, f in zip(faces.image_id, faces.found, strict=True)}
    for kind, value_of in columns.items():
        values = np.array([value_of.get(image, "not read") for image in name], dtype=str)
        distinct = np.unique(values).tolist()
        yield from ((kind, value, values == value) for value in distinct if len(distinct) > 1)
