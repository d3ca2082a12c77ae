"""Exact search: equal to a stable sort of the full matrix, ties included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.retrieval import nearest
from lookalike.retrieval.cutoff import dynamic_k
from lookalike.retrieval.nearest import neighbours, top_k
from lookalike.retrieval.select import best
from lookalike.retrieval.vectors import cosine, unit

seeds = st.integers(0, 10_000)


def vectors(seed: int, n: int, dim: int = 8) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(n, dim))).astype(np.float32)


def slow_order(similarity: np.ndarray, depth: int) -> list[list[int]]:
    return [sorted(range(len(row)), key=lambda j: (-row[j], j))[:depth] for row in similarity]


@given(seeds, st.integers(0, 12), st.booleans())
def test_best_is_a_stable_sort(seed: int, depth: int, tied: bool) -> None:
    values = np.random.default_rng(seed).normal(size=(4, 12)).astype(np.float32)
    if tied:
        values = np.round(values) * np.float32(0.0) + np.round(values)
        values[values == 0] = np.float32(-0.0)
        values[0, ::2] = np.float32(0.0)
    column, value = best(values, depth)
    assert column.tolist() == slow_order(values, depth)
    assert np.array_equal(value, np.take_along_axis(values, column.astype(int), axis=1))


@given(seeds, st.integers(0, 40))
def test_top_k_by_candidates_equals_the_full_matrix(seed: int, copies: int) -> None:
    query, gallery = vectors(seed, 5), vectors(seed + 1, 60)
    gallery[60 - copies :] = gallery[0]  # more copies than the slack holds
    small = nearest.SMALL_CELLS
    nearest.SMALL_CELLS = 0
    try:
        order, score = top_k(query, gallery, 7)
    finally:
        nearest.SMALL_CELLS = small
    similarity = cosine(query, gallery)
    assert order.tolist() == slow_order(similarity, 7)
    assert np.array_equal(score, np.take_along_axis(similarity, order.astype(int), axis=1))


def test_blocks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    query, gallery = vectors(0, 20), vectors(1, 60)
    whole = top_k(query, gallery, 5)
    monkeypatch.setattr(nearest, "BLOCK_CELLS", 61)
    assert all(np.array_equal(a, b) for a, b in zip(whole, top_k(query, gallery, 5), strict=True))


@given(seeds, st.integers(0, 12), st.integers(0, 8))
def test_neighbours_are_the_nearest_others(seed: int, count: int, copies: int) -> None:
    rows = vectors(seed, 9)
    rows[9 - copies :] = rows[0]
    index, value = neighbours(rows, count)
    similarity = cosine(rows, rows)
    for i in range(9):
        assert i not in index[i]
        others = sorted((similarity[i, j] for j in range(9) if j != i), reverse=True)[: min(count, 8)]
        assert value[i].tolist() == others


def test_equal_rows_tie_wherever_they_stand() -> None:
    gallery = vectors(3, 301, 129)
    gallery[[7, 150, 299]] = gallery[100]
    similarity = cosine(vectors(4, 33, 129), gallery)
    assert (similarity[:, [7, 150, 299]] == similarity[:, [100]]).all()


def test_nobody_asks_and_nobody_answers() -> None:
    assert top_k(vectors(0, 0), vectors(1, 3), 3)[0].shape == (0, 3)
    assert top_k(vectors(0, 2), vectors(1, 0), 0)[0].shape == (2, 0)


def test_dynamic_k_cuts_before_the_first_drop() -> None:
    score = np.array([[0.9, 0.88, 0.80, 0.79], [0.9, 0.89, 0.88, 0.87], [0.9, 0.5, 0.49, 0.1]])
    assert dynamic_k(score, 0.05).tolist() == [2, 4, 1]
    assert dynamic_k(score, 0).tolist() == [4, 4, 4]
    assert dynamic_k(score[:, :1], 0.05).tolist() == [1, 1, 1]


def test_unit_leaves_a_zero_row_alone() -> None:
    assert unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, 0.0]]
