"""Arithmetic on boxes (n, 4): x1, y1, x2, y2 in pixels."""

import cv2
import numpy as np


def sides(box: np.ndarray) -> np.ndarray:
    """Return (n, 2) width and height."""
    return box[:, 2:] - box[:, :2]


def centres(box: np.ndarray) -> np.ndarray:
    """Return (n, 2) x, y of the middle."""
    return (box[:, :2] + box[:, 2:]) / 2


def squared(box: np.ndarray) -> np.ndarray:
    """Return boxes of the same centre, as tall and as wide as the longer side."""
    half = sides(box).max(axis=1, keepdims=True) / 2
    centre = centres(box)
    return np.concatenate([centre - half, centre + half], axis=1)


def shifted(box: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Move each edge by its offset (n, 4), given as a share of the box's width and height."""
    return box + offset * np.tile(sides(box), 2)


def around(box: np.ndarray, scales: tuple[float, ...], shifts: tuple[float, ...]) -> np.ndarray:
    """Return (n, k, 4) float32 copies of boxes (n, 4): every scale, with every shift in x and in y.

    Args:
        box: (n, 4) boxes.
        scales: factors on the side.
        shifts: offsets of the centre, as shares of the side before scaling.
    """
    return placed(box, np.array([(scale, dx, dy) for scale in scales for dx in shifts for dy in shifts]))


def placed(box: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Return (n, k, 4) float32 copies of boxes (n, 4), each changed in k ways.

    Args:
        box: (n, 4) boxes.
        change: (k, 3) factor on the side, and offsets of the centre in x and y as in `around`.
    """
    centre = centres(box)[:, None] + change[None, :, 1:] * sides(box)[:, None]
    half = change[None, :, :1] * sides(box)[:, None] / 2
    return np.concatenate([centre - half, centre + half], axis=2).astype(np.float32)


def suppress(box: np.ndarray, score: np.ndarray, overlap: float) -> np.ndarray:
    """Non-maximum suppression by intersection over union.

    Args:
        box: (n, 4).
        score: (n,), more than 0; ties go to the lower index.
        overlap: largest overlap of two kept boxes.

    Returns:
        indices of the kept boxes, best first.
    """
    corner_and_side = np.concatenate([box[:, :2], sides(box)], axis=1).astype(np.float64)
    kept = cv2.dnn.NMSBoxes(corner_and_side.tolist(), score.tolist(), 0.0, overlap)
    return np.asarray(kept, dtype=np.int64)


def keep_best_of_nested(box: np.ndarray, score: np.ndarray, overlap: float) -> np.ndarray:
    """Non-maximum suppression by intersection over the smaller area, which also drops a box inside another.

    Args:
        box: (n, 4).
        score: (n,); ties go to the lower index.
        overlap: largest share of the smaller box that two kept boxes have in common.

    Returns:
        indices of the kept boxes, best first.
    """
    waiting = np.argsort(-score, kind="stable")
    kept = []
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        waiting = waiting[share_of_smaller(box[best], box[waiting]) <= overlap]
    return np.array(kept, dtype=np.int64)


def share_of_smaller(one: np.ndarray, many: np.ndarray) -> np.ndarray:
    """Return (n,) how much of the smaller of two boxes they have in common, for one box (4,) and each of (n, 4)."""
    common = np.minimum(one[2:], many[:, 2:]) - np.maximum(one[:2], many[:, :2])
    smaller = np.minimum(np.prod(one[2:] - one[:2]), np.prod(sides(many), axis=1))
    return np.prod(np.clip(common, 0, None), axis=1) / np.maximum(smaller, 1e-9)
