"""Exact search: equal to a stable sort of the full matrix, ties included."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.retrieval import candidates, nearest
from lookalike.retrieval.cutoff import dynamic_k
from lookalike.retrieval.nearest import merge, neighbours, top_k, top_of_part, top_of_parts
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


def halves(rng: np.random.Generator, n: int, dim: int = 6) -> np.ndarray:
    """Return rows of four numbers ±1/2 and else 0: of length 1, and with no more than nine different cosines."""
    rows = np.zeros((n, dim), dtype=np.float32)
    for row in rows:
        row[rng.choice(dim, 4, replace=False)] = rng.choice([-0.5, 0.5], 4)
    return rows


@given(seeds, st.integers(1, 70), st.sampled_from([1, 3, 17, 64, 1000]), st.sampled_from([1, 2, 5]), st.integers(1, 90))
def test_no_size_of_block_or_part_changes_the_answer(
    seed: int, depth: int, cells: int, queries: int, part: int
) -> None:
    """Many ties and copies, against integers: cosines times four are whole numbers."""
    rng = np.random.default_rng(seed)
    gallery = halves(rng, 70)
    gallery[rng.random(70) < 0.3] = gallery[3]
    query = np.concatenate([halves(rng, 4), gallery[3:4]])
    fours = (2 * query).astype(int) @ (2 * gallery).astype(int).T
    always = {"SMALL_CELLS": 0, "LARGE_SHARE": 1, "FIRST_ROWS": 2}
    sizes = {"BLOCK_CELLS": cells, "QUERIES": queries, "PART_ROWS": part}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (always | sizes).items():
            patch.setattr(nearest, name, value)
        patch.setattr(candidates, "SETTLED_CELLS", cells)
        order, score = top_k(query, gallery, depth)
    assert order.tolist() == slow_order(fours, depth)
    assert (score * 4).tolist() == np.take_along_axis(fours, order.astype(int), axis=1).tolist()
    assert (order.dtype, score.dtype) == (np.int32, np.float32)


@given(seeds, st.integers(1, 12), st.permutations(range(4)))
def test_parts_searched_apart_are_merged_in_any_order(seed: int, depth: int, turn: list[int]) -> None:
    """As several processes would: each part by itself, and the answers as they come."""
    rng = np.random.default_rng(seed)
    query, gallery = halves(rng, 3), halves(rng, 40)
    cuts = np.sort(rng.integers(0, 41, 3))
    starts = [0, *cuts.tolist()]
    parts = np.split(gallery, cuts)
    found = [top_of_part(query, part, start, depth) for part, start in zip(parts, starts, strict=True)]
    order, score = merge([found[i] for i in turn], depth)
    similarity = cosine(query, gallery)
    assert order.tolist() == slow_order(similarity, depth)
    assert np.array_equal(score, np.take_along_axis(similarity, order.astype(int), axis=1))
    in_turn = top_of_parts(query, iter(parts), depth)
    assert all(np.array_equal(a, b) for a, b in zip((order, score), in_turn, strict=True))


def test_images_that_differ_by_less_than_rounding_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cosines closer than a float32 product can tell, more of them than are held: float64 decides."""
    monkeypatch.setattr(nearest, "SMALL_CELLS", 0)
    monkeypatch.setattr(nearest, "BLOCK_CELLS", 64)
    rng = np.random.default_rng(0)
    query = vectors(5, 3, 512)
    gallery = unit(query[0] + 3e-5 * rng.normal(size=(400, 512))).astype(np.float32)
    order, score = top_k(query, gallery, 9)
    similarity = cosine(query, gallery)
    assert order.tolist() == slow_order(similarity, 9)
    assert np.array_equal(score, np.take_along_axis(similarity, order.astype(int), axis=1))


def test_copies_take_no_more_memory_than_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gallery of one image, again and again: every one of its rows may be among the first."""
    monkeypatch.setattr(nearest, "BLOCK_CELLS", 1 << 14)
    monkeypatch.setattr(candidates, "SETTLED_CELLS", 1 << 14)
    query = vectors(0, 64)
    peaks = []
    for gallery in (vectors(1, 300_000), np.repeat(vectors(1, 1), 300_000, axis=0)):
        tracemalloc.start()
        order, _ = top_k(query, gallery, 4)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (order == np.arange(4)).all()
    assert max(peaks) < 4e6  # the matrix would be 77 MB


def test_a_mapped_gallery_is_searched_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "SMALL_CELLS", 0)
    query, gallery = vectors(0, 5), vectors(1, 500)
    np.save(tmp_path / "gallery.npy", gallery)
    mapped = np.load(tmp_path / "gallery.npy", mmap_mode="r")
    assert all(np.array_equal(a, b) for a, b in zip(top_k(query, mapped, 9), top_k(query, gallery, 9), strict=True))


def test_the_number_of_threads_does_not_change_the_answer() -> None:
    code = (
        "import hashlib, numpy as np\n"
        "from lookalike.retrieval.nearest import top_k\n"
        "from lookalike.retrieval.vectors import unit\n"
        "rng = np.random.default_rng(0)\n"
        "query, gallery = (unit(rng.normal(size=(n, 96))).astype(np.float32) for n in (300, 60000))\n"
        "gallery[40000:50000] = gallery[:10000]\n"
        "print(hashlib.sha256(b''.join(part.tobytes() for part in top_k(query, gallery, 20))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(digests) == 1


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
