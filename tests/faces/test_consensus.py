"""Refiners made up so that the right answer is known."""

import numpy as np

from lookalike.faces.candidates import Candidates
from lookalike.faces.consensus import consensus

BOX = np.array([[20.0, 20.0, 60.0, 60.0], [30.0, 10.0, 70.0, 60.0]], dtype=np.float32)
OWNER = np.array([0, 1])
TRUTH = np.array(
    [[[30, 30], [50, 31], [41, 40], [33, 52], [48, 51]], [[40, 25], [60, 25], [50, 35], [42, 45], [58, 46]]]
)


def scene() -> np.ndarray:
    """Two canvases, each with five landmarks painted in grey levels 1 to 5."""
    canvases = np.zeros((2, 80, 90, 3), dtype=np.uint8)
    for canvas, points in zip(canvases, TRUTH, strict=True):
        for level, (x, y) in enumerate(points, start=1):
            canvas[y, x] = level
    return canvases


def read_painted(canvases: np.ndarray, owner: np.ndarray, box: np.ndarray) -> Candidates:
    """Return the painted landmarks, by name as a network would: on a mirrored canvas it sees a mirrored face.

    The middle of pixel x lies half a pixel behind its edge.
    """
    points = []
    for index in owner:
        at = {level: np.argwhere(canvases[index, :, :, 0] == level)[0][::-1] + 0.5 for level in range(1, 6)}
        straight = at[1][0] < at[2][0]
        points.append([at[level] for level in ((1, 2, 3, 4, 5) if straight else (2, 1, 3, 5, 4))])
    return Candidates(box, np.full(len(box), 0.8, np.float32), np.array(points, np.float32))


def test_looks_that_agree_change_nothing_and_mirroring_is_undone() -> None:
    mean = consensus(read_painted, scene(), OWNER, BOX, 0.06)
    assert np.allclose(mean.landmarks, TRUTH + 0.5, atol=1e-4)
    assert np.allclose(mean.score, 0.8)


def test_the_box_is_the_mean_of_squares_around_it() -> None:
    mean = consensus(read_painted, scene(), OWNER, BOX, 0.06)
    centre = (mean.box[:, :2] + mean.box[:, 2:]) / 2
    assert np.allclose(centre, (BOX[:, :2] + BOX[:, 2:]) / 2, atol=1e-4)


def test_sure_looks_weigh_more() -> None:
    def unsure(canvases: np.ndarray, owner: np.ndarray, box: np.ndarray) -> Candidates:
        found = read_painted(canvases, owner, box)
        # Only small boxes see the face; the others are unsure, and place it elsewhere.
        sure = (box[:, 2] - box[:, 0]) < 45 * np.where(owner == 0, 1, 50 / 40)
        landmarks = np.where(sure[:, None, None], found.landmarks, 0)
        return Candidates(box, np.where(sure, 0.9, 0.0), landmarks)

    mean = consensus(unsure, scene(), OWNER, BOX, 0.06)
    assert np.allclose(mean.landmarks, TRUTH + 0.5, atol=1e-3)
