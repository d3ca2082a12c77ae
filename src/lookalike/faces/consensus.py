"""Landmarks averaged over many copies of a box: those of a single pass over a drawn face are off by several pixels."""

from collections.abc import Callable

import numpy as np

from lookalike.faces.boxes import around, squared
from lookalike.faces.candidates import Candidates

# A network that refines boxes: canvases (n, h, w, 3), owner (m,) and box (m, 4) to m candidates.
Refiner = Callable[[np.ndarray, np.ndarray, np.ndarray], Candidates]

_SCALES = (0.95, 1.15)
_MIRRORED = [1, 0, 2, 4, 3]


def consensus(refine: Refiner, canvases: np.ndarray, owner: np.ndarray, box: np.ndarray, jitter: float) -> Candidates:
    """Refine shifted, scaled and mirrored copies of each box; return their means, weighted by probability.

    Args:
        refine: the network that places landmarks.
        canvases: (n, height, width, 3) uint8.
        owner: (m,) index of each box's canvas.
        box: (m, 4) boxes in pixels of the canvas.
        jitter: shift of the copies, as a share of the box.

    Returns:
        m candidates; the score is the mean probability.
    """
    copies = around(squared(box), _SCALES, (-jitter, jitter))
    boxes, owners = copies.reshape(-1, 4), np.repeat(owner, copies.shape[1])
    width = canvases.shape[2]
    mirrored = refine(np.ascontiguousarray(canvases[:, :, ::-1]), owners, _mirrored_boxes(boxes, width))
    return _mean([refine(canvases, owners, boxes), _mirrored(mirrored, width)], len(box))


def _mean(copies: list[Candidates], count: int) -> Candidates:
    score = np.concatenate([one.score.reshape(count, -1) for one in copies], axis=1)
    box = np.concatenate([one.box.reshape(count, -1, 4) for one in copies], axis=1)
    points = np.concatenate([one.landmarks.reshape(count, -1, 5, 2) for one in copies], axis=1)
    weight = (score + 1e-9) / (score + 1e-9).sum(axis=1, keepdims=True)
    return Candidates(
        box=np.einsum("mk,mkc->mc", weight, box),
        score=score.mean(axis=1),
        landmarks=np.einsum("mk,mkpc->mpc", weight, points),
    )


def _mirrored(faces: Candidates, width: int) -> Candidates:
    landmarks = faces.landmarks[:, _MIRRORED] * np.array([-1, 1], np.float32) + np.array([width, 0], np.float32)
    return Candidates(_mirrored_boxes(faces.box, width), faces.score, landmarks)


def _mirrored_boxes(box: np.ndarray, width: int) -> np.ndarray:
    return np.stack([width - box[:, 2], box[:, 1], width - box[:, 0], box[:, 3]], axis=1)
