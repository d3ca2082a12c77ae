"""Metrics against slow, obvious re-derivations and hand-computed values."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.table import Catalog
from lookalike.kit.columns import numbers, texts
from lookalike.kit.errors import LookalikeError
from lookalike.kit.parquet import read_table
from lookalike.metrics.bootstrap import interval, paired_difference, resampled_means
from lookalike.metrics.judgement import Judgement, Truth, judge
from lookalike.metrics.measures.average_precision import average_precision
from lookalike.metrics.measures.average_precision_at_r import average_precision_at_r
from lookalike.metrics.measures.inverse_negative_penalty import inverse_negative_penalty
from lookalike.metrics.measures.precision_at import precision_at
from lookalike.metrics.measures.reciprocal_rank import reciprocal_rank
from lookalike.metrics.measures.table import MEASURES, measures_of
from lookalike.metrics.measures.top_k import top_k
from lookalike.metrics.rates import first_hit, points, within
from lookalike.metrics.summary import summary
from lookalike.metrics.tables import cmc, first_scores, write_cmc, write_histogram, write_queries
from lookalike.retrieval.ranking import Ranking


def catalog(rows: list[tuple[str, str, str | None]]) -> Catalog:
    """Build a catalogue of (image_id, split, label)."""
    rows = sorted(rows)
    n = len(rows)
    size = np.ones(n, dtype=np.int32)
    names = np.array([f"{i:064d}" for i in range(n)], dtype=object)
    text = [np.array(column, dtype=object) for column in zip(*rows, strict=True)]
    unknown, ok = np.full(n, "unknown", dtype=object), np.full(n, "ok", dtype=object)
    return Catalog(text[0], text[1], unknown, text[2], size, size, names, ok)


def ranking(query: list[str], gallery: list[str], order: list[list[int]], depth: int = 0) -> Ranking:
    """Build a ranking whose scores fall by 0.1 a rank."""
    chosen = np.array(order, dtype=np.int32)[:, : depth or len(gallery)]
    score = np.tile(1 - 0.1 * np.arange(chosen.shape[1], dtype=np.float32), (len(query), 1))
    return Ranking(np.array(query, dtype=object), np.array(gallery, dtype=object), chosen, score)


SMALL = [("q/1", "query", "a"), ("q/2", "query", "b"), ("q/3", "query", "lost"), ("q/4", "query", None)]
SMALL += [("g/1", "gallery", "a"), ("g/2", "gallery", "b"), ("g/3", "gallery", "a"), ("g/4", "gallery", None)]

hits = st.integers(1, 12).flatmap(
    lambda depth: st.lists(st.lists(st.booleans(), min_size=depth, max_size=depth), min_size=1, max_size=8)
)


def slow_ap(row: list[bool], total: int, depth: int) -> float:
    found, value = 0, 0.0
    for rank, hit in enumerate(row[:depth], start=1):
        if hit:
            found += 1
            value += found / rank
    return value / total


@given(hits, st.integers(0, 5))
def test_every_metric_equals_its_definition(rows: list[list[bool]], missing: int) -> None:
    hit = np.array(rows)
    total = np.maximum(hit.sum(axis=1) + missing, 1)
    first = Judgement(hit, total, np.ones(len(hit), dtype=bool), hit.shape[1]).first_hit
    for i, row in enumerate(rows):
        n = int(total[i])
        ranks = [rank for rank, right in enumerate(row, start=1) if right]
        assert first[i] == (ranks[0] if ranks else 0)
        assert average_precision(hit, total)[i] == pytest.approx(slow_ap(row, n, len(row)))
        assert average_precision_at_r(hit, total)[i] == pytest.approx(slow_ap(row, n, n))
        assert reciprocal_rank(hit, total)[i] == pytest.approx(1 / ranks[0] if ranks else 0)
        assert inverse_negative_penalty(hit, total)[i] == pytest.approx(n / ranks[-1] if len(ranks) == n else 0)
        assert precision_at(hit, total, 5)[i] == pytest.approx(sum(row[:5]) / 5)
        assert top_k(hit, total, 3)[i] == any(row[:3])


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30))
def test_points_and_cmc_count_first_hits(ranks: list[int]) -> None:
    first = np.array(ranks)
    expected = [600 * (r == 1) + 300 * (1 <= r <= 5) + 100 * (1 <= r <= 10) for r in ranks]
    assert points(first).tolist() == expected
    curve = cmc(first, 12)
    assert curve == pytest.approx([np.mean([1 <= r <= k for r in ranks]) for k in range(1, 13)])
    assert within(first, 5).tolist() == [1 <= r <= 5 for r in ranks]


def test_points_of_the_four_outcomes() -> None:
    assert points(np.array([1, 2, 5, 6, 10, 11, 0])).tolist() == [1000, 400, 400, 100, 100, 0, 0]


def test_ap_at_r_by_hand() -> None:
    # Two right images, at ranks 1 and 3: only the first stands within R = 2.
    hit = np.array([[True, False, True]])
    assert average_precision_at_r(hit, np.array([2])) == pytest.approx([0.5])
    assert average_precision(hit, np.array([2])) == pytest.approx([(1 + 2 / 3) / 2])


def test_nothing_retrieved_is_a_miss_in_every_measure() -> None:
    hit, total = np.zeros((3, 0), dtype=bool), np.array([1, 2, 3])
    assert first_hit(hit).tolist() == [0, 0, 0]
    for measure in measures_of(5).values():
        assert measure(hit, total).tolist() == [0, 0, 0]


def test_precision_at_k_is_scored_where_the_recipe_names_k() -> None:
    truth = Truth.of(catalog(SMALL))
    judged = {"one": judge(ranking(["q/1", "q/2"], ["g/1", "g/2", "g/3"], [[0, 1, 2], [0, 2, 1]]), truth)}
    plain, named = (
        summary("small", truth, judged, 100, np.random.default_rng(0), measures_of(k))["systems"]["one"] for k in (0, 2)
    )
    # a: right, wrong; b: wrong, wrong.
    # The mean over two queries of .5 and 0 drawn with replacement is one of 0, .25 and .5, each often enough.
    assert named == plain | {"precision_at_2": 0.25, "precision_at_2_low": 0.0, "precision_at_2_high": 0.5}
    assert set(plain) == set(MEASURES) | {"points", "points_low", "points_high"}


def test_truth_counts_what_it_leaves_out() -> None:
    truth = Truth.of(catalog(SMALL))
    assert truth.query_id.tolist() == ["q/1", "q/2"]
    assert (truth.unanswerable, truth.unlabelled) == (1, 1)


def test_a_query_that_was_not_embedded_is_a_miss() -> None:
    truth = Truth.of(catalog(SMALL))
    judged = judge(ranking(["q/2"], ["g/1", "g/2", "g/3"], [[1, 0, 2]]), truth)
    assert judged.answered.tolist() == [False, True]
    assert judged.first_hit.tolist() == [0, 1]
    result = summary("small", truth, {"one": judged}, 100, np.random.default_rng(0))
    assert result["systems"]["one"]["points"] == 500
    assert result["queries"] == {"scored": 2, "unanswerable": 1, "unlabelled": 1, "missed": {"one": 1}}


def test_a_right_image_that_was_not_embedded_still_counts_as_one_to_find() -> None:
    truth = Truth.of(catalog(SMALL))
    judged = judge(ranking(["q/1"], ["g/1", "g/2"], [[0, 1]]), truth)
    assert judged.total[0] == 2
    assert average_precision(judged.hit, judged.total)[0] == 0.5


def test_a_ranking_over_other_images_is_refused() -> None:
    with pytest.raises(LookalikeError, match="not in the catalogue"):
        judge(ranking(["q/1"], ["g/9"], [[0]]), Truth.of(catalog(SMALL)))


def test_without_labels_there_is_a_summary_and_no_score() -> None:
    truth = Truth.of(catalog([("g/1", "gallery", None), ("q/1", "query", None)]))
    judged = judge(ranking(["q/1"], ["g/1"], [[0]]), truth)
    result = summary("blind", truth, {"one": judged}, 100, np.random.default_rng(0))
    assert result["systems"] == {}
    assert result["queries"]["unlabelled"] == 1


def test_a_gallery_smaller_than_ten_is_looked_at_whole() -> None:
    truth = Truth.of(catalog(SMALL))
    judged = judge(ranking(["q/1", "q/2"], ["g/1", "g/2"], [[1, 0], [0, 1]]), truth)
    assert points(judged.first_hit).tolist() == [400, 400]


def test_bootstrap_is_seeded_paired_and_close_to_theory() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(500, 100, size=(400, 1)) + np.array([[0.0, 10.0]])
    draws = resampled_means(values, 4000, np.random.default_rng(1))
    assert np.array_equal(draws, resampled_means(values, 4000, np.random.default_rng(1)))
    span = interval(values[:, 0].mean(), draws[:, 0])
    error = values[:, 0].std() / np.sqrt(400)
    assert span.high - span.low == pytest.approx(2 * 1.96 * error, rel=0.1)
    # The two differ by a constant, so a paired difference has no spread at all.
    gain = paired_difference(values, draws, 1, 0)
    assert (gain.low, gain.mean, gain.high) == pytest.approx((10, 10, 10))


def test_resamples_do_not_depend_on_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(50, 2))
    whole = resampled_means(values, 64, np.random.default_rng(5))
    monkeypatch.setattr("lookalike.metrics.bootstrap.CHUNK_CELLS", 50)
    assert np.array_equal(whole, resampled_means(values, 64, np.random.default_rng(5)))


def test_summary_sets_the_ensemble_against_the_best_single() -> None:
    truth = Truth.of(catalog(SMALL))
    gallery = ["g/1", "g/2", "g/3"]
    judged = {
        "poor": judge(ranking(["q/1", "q/2"], gallery, [[1, 0, 2], [0, 2, 1]]), truth),
        "good": judge(ranking(["q/1", "q/2"], gallery, [[0, 1, 2], [0, 2, 1]]), truth),
        "ensemble": judge(ranking(["q/1", "q/2"], gallery, [[0, 1, 2], [1, 0, 2]]), truth),
    }
    result = summary("small", truth, judged, 200, np.random.default_rng(0))
    assert result["ensemble_minus_best"]["best"] == "good"
    assert result["ensemble_minus_best"]["points"] == 300
    row = result["systems"]["ensemble"]
    assert row["points_low"] <= row["points"] <= row["points_high"]
    wanted = {"points", "top1", "top5", "top10", "map", "mrr", "map_at_r", "minp", "points_low", "points_high"}
    assert set(row) == wanted


def test_a_ranking_that_ends_early_says_what_it_may_hide() -> None:
    """Three of four gallery images can be looked at; the query's second right image is the last of all."""
    truth = Truth.of(catalog(SMALL))
    gallery, order = ["g/1", "g/2", "g/3", "g/4"], [[0, 3, 1, 2], [1, 0, 2, 3]]
    whole, short = (judge(ranking(["q/1", "q/2"], gallery, order, depth), truth) for depth in (0, 2))
    assert "cut" not in summary("small", truth, {"one": whole}, 100, np.random.default_rng(0))
    result = summary("small", truth, {"one": short, "two": whole}, 100, np.random.default_rng(0))
    # Query 1 finds its first of two; had the second stood at rank 3: AP (1 + 2/3) / 2, INP 2/3. Query 2 is whole.
    at_most = {"map": pytest.approx((5 / 6 + 1) / 2, abs=1e-6), "minp": pytest.approx((2 / 3 + 1) / 2, abs=1e-6)}
    assert result["cut"] == {"gallery": {"one": 4}, "depth": {"one": 2}, "at_most": {"one": at_most}}
    assert result["systems"]["one"]["map"] <= result["systems"]["two"]["map"] <= result["cut"]["at_most"]["one"]["map"]


@given(hits, st.integers(0, 3), st.integers(0, 12))
def test_no_deeper_ranking_is_worth_more_than_the_bound(rows: list[list[bool]], missing: int, depth: int) -> None:
    hit = np.array(rows)
    total = np.maximum(hit.sum(axis=1) + missing, 1)
    cut = Judgement(hit[:, :depth], total, np.ones(len(hit), dtype=bool), hit.shape[1])
    for name, measure in measures_of(4).items():
        low, true, high = (measure(seen, total) for seen in (cut.hit, hit, cut.at_best().hit))
        assert (low <= true + 1e-9).all(), name
        assert (true <= high + 1e-9).all(), name


def test_a_query_without_an_answer_gains_nothing_by_depth() -> None:
    judged = Judgement(np.zeros((1, 2), dtype=bool), np.array([3]), np.zeros(1, dtype=bool), 9)
    assert not judged.at_best().hit.any()


def test_tables_hold_what_the_rankings_say(tmp_path: Path) -> None:
    truth = Truth.of(catalog(SMALL))
    rankings = {"one": ranking(["q/2"], ["g/1", "g/2", "g/3"], [[1, 0, 2]])}
    judged = {"one": judge(rankings["one"], truth)}
    top, margin = first_scores(rankings["one"], truth)
    assert np.isnan(top[0])
    assert (top[1], margin[1]) == pytest.approx((1.0, 0.1))
    write_queries(tmp_path / "q.parquet", rankings, judged, truth, {"one": np.array([0.9])})
    table = read_table(tmp_path / "q.parquet", ["query_id", "system", "first_hit", "score", "margin", "confidence"])
    assert texts(table, "query_id").tolist() == ["q/1", "q/2"]
    assert numbers(table, "first_hit").tolist() == [0, 1]
    assert numbers(table, "confidence")[1] == pytest.approx(0.9)
    write_cmc(tmp_path / "cmc.csv", judged, 50)
    with (tmp_path / "cmc.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["k"], row["rate"]) for row in rows] == [("1", "0.500000"), ("2", "0.500000"), ("3", "0.500000")]
    write_histogram(tmp_path / "scores.csv", rankings, judged, truth, 4)
    with (tmp_path / "scores.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert sum(int(row["count"]) for row in rows if row["first_answer"] == "right") == 1
    assert sum(int(row["count"]) for row in rows if row["first_answer"] == "wrong") == 0
