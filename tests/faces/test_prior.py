from dataclasses import replace

import numpy as np
import pytest

from lookalike.faces.fallback import with_fallbacks
from lookalike.faces.prior import Prior, candidate_boxes, doubtful
from lookalike.faces.table import Face
from lookalike.kit.errors import LookalikeError
from tests.faces.conftest import listed


def around_centre(side: np.ndarray) -> np.ndarray:
    return np.stack([0.5 - side / 2, 0.5 - side / 2, 0.5 + side / 2, 0.5 + side / 2], axis=1)


def test_an_eye_taken_for_a_face_is_doubtful() -> None:
    side = np.random.default_rng(0).normal(0.7, 0.02, 50)
    side[7] = 0.15
    assert np.flatnonzero(doubtful(around_centre(side))).tolist() == [7]


def test_a_face_half_again_as_small_is_not() -> None:
    side = np.full(50, 0.6)
    side[7] = 0.4
    assert not doubtful(around_centre(side)).any()


def test_nothing_is_doubtful_where_faces_come_in_all_sizes() -> None:
    side = np.geomspace(0.05, 0.9, 50)
    assert not doubtful(around_centre(side)).any()


def test_the_usual_place_is_no_mean() -> None:
    box = around_centre(np.array([0.6, 0.6, 0.6, 0.1]))
    prior = Prior(np.concatenate([np.zeros((4, 5, 2)), box.reshape(-1, 2, 2)], axis=1))
    assert np.allclose(prior.place, [0.2, 0.2, 0.8, 0.8])


def test_candidate_boxes_are_squares_around_the_usual_place() -> None:
    boxes = candidate_boxes(np.array([0.25, 0.2, 0.75, 0.6]), width=200, height=400)
    side = boxes[:, 2:] - boxes[:, :2]
    assert np.allclose(side[:, 0], side[:, 1])
    assert np.allclose(boxes.reshape(-1, 2, 2).mean(axis=(0, 1)), [100, 160], atol=1e-3)
    # The usual box is 100 wide and 160 high.
    assert np.allclose(sorted(set(side[:, 0].round())), [96, 120, 152, 192])


def test_only_faces_that_were_found_teach_in_shares_of_their_images() -> None:
    images = listed({"a": (100, 200), "b": (50, 50), "c": (10, 10)})
    at = [Face("mtcnn", 0.9, np.array([10, 20, 30, 60], np.float32), np.full((5, 2), 50, np.float32)), None, None]
    faces = with_fallbacks(images, at)
    faces = replace(faces, detector=np.array(["mtcnn", "median", "guess"], dtype=object))
    prior = Prior.of_table(images, faces)
    assert len(prior) == 2
    assert np.allclose(prior.box[0], [0.1, 0.1, 0.3, 0.3])
    assert np.allclose(prior.share[0, :5], [0.5, 0.25])


def test_priors_are_put_together_and_an_empty_one_adds_nothing() -> None:
    one, two = (Prior(np.full((n, 7, 2), value)) for n, value in ((1, 0.2), (2, 0.4)))
    assert len(one.joined(two)) == 3
    assert np.allclose(one.joined(two).median, 0.4)
    assert (Prior.empty().joined(one).share == one.share).all()


def test_a_prior_of_another_shape_is_refused() -> None:
    with pytest.raises(LookalikeError, match=r"\(3, 4\)"):
        Prior(np.zeros((3, 4)))
