import numpy as np

from lookalike.faces.usual import doubtful, guesses, usual_box


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


def test_the_usual_box_is_no_mean() -> None:
    box = around_centre(np.array([0.6, 0.6, 0.6, 0.1]))
    assert np.allclose(usual_box(box), [0.2, 0.2, 0.8, 0.8])


def test_guesses_are_squares_around_the_usual_place() -> None:
    boxes = guesses(np.array([0.25, 0.2, 0.75, 0.6]), width=200, height=400)
    side = boxes[:, 2:] - boxes[:, :2]
    assert np.allclose(side[:, 0], side[:, 1])
    assert np.allclose(boxes.reshape(-1, 2, 2).mean(axis=(0, 1)), [100, 160], atol=1e-3)
    # The usual box is 100 wide and 160 high.
    assert np.allclose(sorted(set(side[:, 0].round())), [96, 120, 152, 192])
