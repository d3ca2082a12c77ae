import numpy as np
import pytest

from lookalike.faces.candidates import Candidates, no_candidates
from lookalike.faces.choice import choose


def faces(*rows: tuple[float, float, float, float]) -> Candidates:
    """Candidates from centre x, centre y, side and score."""
    box = np.array([(x - s / 2, y - s / 2, x + s / 2, y + s / 2) for x, y, s, _ in rows], dtype=np.float32)
    return Candidates(box, np.array([row[3] for row in rows], dtype=np.float32), np.zeros((len(rows), 5, 2)))


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        pytest.param((100, 100, 120, 0.9), (100, 100, 40, 0.9), id="the larger"),
        pytest.param((100, 100, 80, 0.99), (100, 100, 80, 0.5), id="the surer"),
        pytest.param((100, 100, 80, 0.9), (190, 10, 80, 0.9), id="the more central"),
        pytest.param((100, 100, 120, 0.7), (190, 10, 30, 1.0), id="a sure speck in a corner is not the face"),
    ],
)
def test_the_face_is_large_sure_and_central(wanted: tuple[float, ...], other: tuple[float, ...]) -> None:
    assert choose(faces(wanted, other), 200, 200) == 0
    assert choose(faces(other, wanted), 200, 200) == 1


def test_the_first_of_equals_is_taken() -> None:
    assert choose(faces((60, 100, 80, 0.9), (140, 100, 80, 0.9)), 200, 200) == 0


def test_no_candidate_no_choice() -> None:
    assert choose(no_candidates(), 200, 200) is None
