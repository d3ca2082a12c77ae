"""How deep a ranking goes, and that it survives its file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.retrieval.ranking import BUDGET, Ranking, depth_within


@pytest.mark.parametrize(
    ("depth", "n_query", "n_gallery", "kept"),
    [
        (0, 1_173, 607, 607),
        (0, 3_000, 3_000, 3_000),
        (0, 10_000, 1_000_000, 1_000),
        (0, 1_000, 1_000_000, 10_000),
        (0, 100_000_000, 1_000_000, 10),
        (0, 100_000_000, 4, 4),
        (0, 0, 9, 9),
        (50, 10_000, 1_000_000, 50),
        (5_000, 10_000, 1_000_000, 5_000),
        (50, 3, 9, 9),
    ],
)
def test_the_default_depth_is_the_gallery_as_far_as_the_table_has_room(
    depth: int, n_query: int, n_gallery: int, kept: int
) -> None:
    assert depth_within(depth, n_query, n_gallery) == kept


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_no_default_makes_a_longer_table_than_the_budget_but_for_ten_answers(n_query: int, n_gallery: int) -> None:
    kept = depth_within(0, n_query, n_gallery)
    assert kept * n_query <= max(BUDGET, 10 * n_query)
    assert kept >= min(10, n_gallery)


def test_a_ranking_asks_for_no_more_than_it_keeps() -> None:
    asked = []

    def top(depth: int) -> tuple[np.ndarray, np.ndarray]:
        asked.append(depth)
        return np.zeros((2, depth), dtype=np.int32), np.zeros((2, depth), dtype=np.float32)

    names = np.array([f"{i}" for i in range(9)], dtype=object)
    assert Ranking.of(names[:2], names, top, 3).depth == 3
    assert Ranking.of(names[:2], names, top, 0).depth == 9
    assert asked == [3, 9]


@given(st.integers(0, 10_000), st.integers(1, 7))
def test_a_ranking_survives_its_file(tmp_path_factory: pytest.TempPathFactory, seed: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    names = np.array([f"g{i}" for i in range(7)], dtype=object)
    query = np.array(["q1", "q2", "q3"], dtype=object)
    ranking = Ranking.from_similarity(query, names, rng.normal(size=(3, 7)).astype(np.float32), depth)
    path: Path = tmp_path_factory.mktemp("r") / "r.parquet"
    ranking.write(path)
    again = Ranking.read(path)
    assert again.gallery_id[again.order].tolist() == names[ranking.order].tolist()
    # The whole gallery, so that a score knows where a ranking ends early.
    assert again.gallery_id.tolist() == names.tolist()
    assert again.query_id.tolist() == query.tolist()
    assert np.array_equal(again.score, ranking.score)
