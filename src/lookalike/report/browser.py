"""The data behind the interactive parts of the page, as compact JSON values.

Images are named once, in a table, and referred to by their row.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.report.answers import Answers
from lookalike.report.projection import principal_plane

SCORE_DIGITS = 4
# Map coordinates are whole numbers from 0 to this: finer than a pixel on any screen.
MAP_SIZE = 1000


def image_table(catalog: Catalog, thumbnail_of: Mapping[str, int]) -> dict[str, list[Any]]:
    """Return the columns of the images that the page may show; a thumbnail of -1 is none."""
    return {
        "id": catalog.image_id.tolist(),
        "label": catalog.label.tolist(),
        "domain": catalog.domain.tolist(),
        "split": catalog.split.tolist(),
        "thumb": [thumbnail_of.get(name, -1) for name in catalog.image_id],
    }


def system_entry(name: str, system: Answers, shown: np.ndarray, row_of: Mapping[str, int]) -> dict[str, Any]:
    """Return one system's answers.

    Args:
        name: the system.
        system: its answers to every query.
        shown: which rows of it the page shows.
        row_of: image id -> row of the image table.
    """
    return {
        "name": name,
        "first_hit": system.first_hit[shown].tolist(),
        "margin": _rounded(system.margin[shown]),
        "confidence": _rounded(system.confidence[shown]),
        "answers": [[row_of[image] for image in row if image is not None] for row in system.gallery_id[shown]],
        "scores": [[s for s in _rounded(row) if s is not None] for row in system.score[shown]],
    }


def map_entry(name: str, table: EmbeddingTable, row_of: Mapping[str, int]) -> dict[str, Any]:
    """Return the flat map of one model's test images; empty where there are too few to span a plane."""
    test = table.rows(table.split != "train")
    if len(test) < 3 or test.dim < 2:
        return {"name": name, "image": [], "x": [], "y": [], "share": [0, 0]}
    place, share = principal_plane(test.embedding)
    low, size = place.min(axis=0), np.ptp(place, axis=0).max() or 1.0
    pixel = np.rint((place - low) / size * MAP_SIZE).astype(int)
    return {
        "name": name,
        "image": [row_of[image] for image in test.image_id],
        "x": pixel[:, 0].tolist(),
        "y": pixel[:, 1].tolist(),
        "share": [round(float(part), 3) for part in share],
    }


def evenly(count: int, most: int) -> np.ndarray:
    """Return at most `most` of the positions 0 … count - 1, evenly spread, in order."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)) if count else np.zeros(0, int)


def _rounded(values: Iterable[float]) -> list[float | None]:
    return [round(float(value), SCORE_DIGITS) if np.isfinite(value) else None for value in values]
