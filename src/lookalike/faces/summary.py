"""metrics/faces.json: how many faces were found, by whom, in which split and domain."""

from collections import Counter
from typing import Any

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.table import FALLBACK, FaceTable


def summarise(images: Catalog, faces: FaceTable, aside: int = 0) -> dict[str, Any]:
    """Return detection rates and the fallbacks.

    Args:
        images: catalogue rows with status ok.
        faces: their faces, or no rows where the dataset is not cropped.
        aside: how many of them are assumed, because the search killed its worker.
    """
    if len(faces) == 0:
        return {"cropped": False}
    return {
        "cropped": True,
        "found": _rate(faces.found),
        "by_domain": _rates(images.domain, faces.found),
        "by_split": _rates(images.split, faces.found),
        "by_detector": dict(sorted(Counter(faces.detector.tolist()).items())),
        "fallbacks": int((faces.detector == FALLBACK).sum()),
        **({"set_aside": aside} if aside else {}),
    }


def _rates(group: np.ndarray, found: np.ndarray) -> dict[str, float]:
    return {name: _rate(found[group == name]) for name in sorted(set(group))}


def _rate(found: np.ndarray) -> float:
    return round(float(found.mean()), 6)
