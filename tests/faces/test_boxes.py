import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.ops import nms

from lookalike.faces.boxes import around, keep_best_of_nested, shifted, squared, suppress

corner = st.integers(0, 40)
boxes = st.lists(st.tuples(corner, corner, st.integers(1, 30), st.integers(1, 30), st.integers(0, 5)), max_size=12)


def share_of_smaller(a: np.ndarray, b: np.ndarray) -> float:
    """Count unit cells: every box here has whole-number edges."""

    def cells(box: np.ndarray) -> set[tuple[int, int]]:
        x1, y1, x2, y2 = map(int, box)
        return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}

    mine, other = cells(a), cells(b)
    return len(mine & other) / min(len(mine), len(other))


@given(boxes)
def test_suppression_keeps_the_best_of_what_overlaps(drawn: list[tuple[int, ...]]) -> None:
    box = np.array([(x, y, x + w, y + h) for x, y, w, h, _ in drawn], dtype=float).reshape(-1, 4)
    score = np.array([s for *_, s in drawn], dtype=float)
    expected: list[int] = []
    for index in sorted(range(len(drawn)), key=lambda i: (-score[i], i)):
        if all(share_of_smaller(box[index], box[kept]) <= 0.5 for kept in expected):
            expected.append(index)
    assert keep_best_of_nested(box, score, 0.5).tolist() == expected


@given(boxes, st.sampled_from([0.3, 0.5, 0.7]))
def test_suppression_by_union_is_torchvisions(drawn: list[tuple[int, ...]], overlap: float) -> None:
    box = np.array([(x, y, x + w, y + h) for x, y, w, h, _ in drawn], dtype=np.float32).reshape(-1, 4)
    score = np.array([0.1 + s for *_, s in drawn], dtype=np.float32)
    expected = nms(torch.from_numpy(box), torch.from_numpy(score), overlap)
    assert suppress(box, score, overlap).tolist() == expected.tolist()


def test_a_squared_box_keeps_its_centre_and_its_longer_side() -> None:
    assert squared(np.array([[10.0, 20.0, 30.0, 80.0]])).tolist() == [[-10.0, 20.0, 50.0, 80.0]]


def test_offsets_are_shares_of_the_sides() -> None:
    box, offset = np.array([[10.0, 20.0, 30.0, 60.0]]), np.array([[0.1, -0.1, 0.5, 0.25]])
    assert shifted(box, offset).tolist() == [[12.0, 16.0, 40.0, 70.0]]


def test_copies_take_every_scale_with_every_shift() -> None:
    copies = around(np.array([[0.0, 0.0, 10.0, 20.0]]), (1.0, 2.0), (0.0, 0.5))
    assert copies.shape == (1, 8, 4)
    assert {tuple(copy) for copy in copies[0].tolist()} == {
        (dx + 5 - 5 * s, dy + 10 - 10 * s, dx + 5 + 5 * s, dy + 10 + 10 * s)
        for s in (1, 2)
        for dx in (0, 5)
        for dy in (0, 10)
    }
