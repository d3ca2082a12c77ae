"""Refiners made up so that the right answer is known."""

import numpy as np

from lookalike.faces.candidates import Candidates
from lookalike.faces.consensus import consensus

BOX = np.array([20.0, 20.0, 60.0, 60.0], dtype=np.float32)
TRUTH = np.array([[30, 30], [50, 31], [41, 40], [33, 52], [48, 51]], dtype=np.float32)


def sees_all(box: np.ndarray, mirrored: np.ndarray) -> Candidates:
    assert len(box) == len(mirrored)
    return Candidates(box, np.full(len(box), 0.8, np.float32), np.tile(TRUTH, (len(box), 1, 1)))


def test_passes_that_agree_change_nothing() -> None:
    mean = consensus(sees_all, BOX, 0.06)
    assert np.allclose(mean.landmarks, TRUTH, atol=1e-4)
    assert np.allclose(mean.score, 0.8)


def test_the_box_is_the_mean_of_squares_around_it() -> None:
    for box in (BOX, np.array([30.0, 10.0, 70.0, 60.0], np.float32)):
        mean = consensus(sees_all, box, 0.06)
        centre = (mean.box[:, :2] + mean.box[:, 2:]) / 2
        assert np.allclose(centre, (box[:2] + box[2:]) / 2, atol=1e-4)


def test_half_of_the_copies_are_mirrored_and_lie_all_around() -> None:
    shown: list[tuple[np.ndarray, np.ndarray]] = []

    def watched(box: np.ndarray, mirrored: np.ndarray) -> Candidates:
        shown.append((box, mirrored))
        return sees_all(box, mirrored)

    consensus(watched, BOX, 0.1)
    ((box, mirrored),) = shown
    assert mirrored.sum() * 2 == len(mirrored)
    assert (box[mirrored] == box[~mirrored]).all()
    offset = (box[:, :2] + box[:, 2:]) / 2 - 40
    assert np.allclose(np.abs(offset), 4, atol=1e-4)
    assert len(np.unique(np.sign(offset), axis=0)) == 4


def test_sure_passes_weigh_more() -> None:
    def unsure(box: np.ndarray, mirrored: np.ndarray) -> Candidates:
        found = sees_all(box, mirrored)
        # Only small boxes see the face; the others are unsure, and place it elsewhere.
        sure = (box[:, 2] - box[:, 0]) < 45
        landmarks = np.where(sure[:, None, None], found.landmarks, 0)
        return Candidates(box, np.where(sure, 0.9, 0.0), landmarks)

    assert np.allclose(consensus(unsure, BOX, 0.06).landmarks, TRUTH, atol=1e-3)
