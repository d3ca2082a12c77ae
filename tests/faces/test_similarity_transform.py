import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.faces.similarity_transform import similarity_transform
from lookalike.kit.errors import LookalikeError

SHAPE = np.array([[30.0, 40.0], [70.0, 38.0], [52.0, 60.0], [35.0, 85.0], [68.0, 83.0]])

coordinates = st.floats(-200, 200, allow_nan=False)
shapes = st.lists(st.tuples(coordinates, coordinates), min_size=5, max_size=5).map(np.array)


def moved(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2]


def by_complex_numbers(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least squares of w = a z + b over complex a, b: every similarity without reflection and nothing else."""
    z, w = (points[:, 0] + 1j * points[:, 1] for points in (source, target))
    (a, b), *_ = np.linalg.lstsq(np.stack([z, np.ones(5)], axis=1), w, rcond=None)
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


@given(st.floats(-np.pi, np.pi), st.floats(0.01, 50), coordinates, coordinates)
def test_a_known_similarity_is_recovered(angle: float, scale: float, x: float, y: float) -> None:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    known = np.array([[cos, -sin, x], [sin, cos, y]])
    assert np.allclose(similarity_transform(SHAPE, moved(known, SHAPE)), known, atol=1e-8)


@given(shapes)
def test_noisy_points_give_the_least_squares_similarity(target: np.ndarray) -> None:
    assert np.allclose(similarity_transform(SHAPE, target), by_complex_numbers(SHAPE, target), atol=1e-7)


def test_a_mirrored_face_is_not_reflected() -> None:
    matrix = similarity_transform(SHAPE, SHAPE * [-1, 1])
    assert np.linalg.det(matrix[:, :2]) >= 0


def test_coinciding_landmarks_are_an_error() -> None:
    with pytest.raises(LookalikeError, match="coincide"):
        similarity_transform(np.ones((5, 2)), SHAPE)
