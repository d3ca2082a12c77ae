"""Open-set figures, against counting."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.metrics.judgement import Truth, judge
from lookalike.metrics.measures.area_under_roc import area_under_roc
from lookalike.metrics.measures.brier import brier
from lookalike.metrics.measures.calibration_error import calibration_error, reliability
from lookalike.metrics.measures.detection import detection_identification_rate
from lookalike.metrics.measures.true_accept import threshold_at, true_accept_rate
from lookalike.metrics.open_set import open_set, trust
from lookalike.metrics.submission import answers, write_refused
from lookalike.retrieval.ranking import Ranking

SCORES = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=30)


@given(SCORES, SCORES, st.sampled_from([0.01, 0.1, 0.5, 1.0]))
def test_a_threshold_lets_no_larger_share_pass_and_no_lower_one_would_do(
    genuine: list[float], impostor: list[float], far: float
) -> None:
    threshold = threshold_at(np.array(impostor), far)
    assert sum(score > threshold for score in impostor) <= far * len(impostor) + 1e-9
    for lower in {*impostor, -1.0}:
        if lower < threshold:
            assert sum(score > lower for score in impostor) > far * len(impostor) + 1e-9
    passed = sum(score > threshold for score in genuine) / len(genuine)
    assert true_accept_rate(np.array(genuine), np.array(impostor), far) == pytest.approx(passed)


@given(SCORES, SCORES)
def test_the_area_is_the_share_of_pairs_in_order(genuine: list[float], impostor: list[float]) -> None:
    won = sum((g > i) + (g == i) / 2 for g in genuine for i in impostor)
    assert area_under_roc(np.array(genuine), np.array(impostor)) == pytest.approx(won / len(genuine) / len(impostor))


def test_detection_needs_a_right_first_answer_above_what_strangers_reach() -> None:
    score, right = np.array([9.0, 8.0, 3.0, 9.5]), np.array([True, True, True, False])
    absent = np.array([7.0, 2.0, 1.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.0])
    assert detection_identification_rate(score, right, absent, 0.0) == 0.5
    assert detection_identification_rate(score, right, absent, 0.1) == 0.75
    assert detection_identification_rate(score, right, np.array([9.2] * 10), 0.1) == 0.0


def test_calibration_by_hand() -> None:
    said, right = np.array([0.11, 0.13, 0.95, 1.0]), np.array([False, True, True, True])
    bins = reliability(said, right)
    assert [(b.count, b.said, b.seen) for b in bins] == [
        (2, pytest.approx(0.12), 0.5),
        (2, pytest.approx(0.975), 1.0),
    ]
    assert calibration_error(said, right) == pytest.approx((2 * 0.38 + 2 * 0.025) / 4)
    assert brier(said, right) == pytest.approx((0.11**2 + 0.87**2 + 0.05**2) / 4)
    assert calibration_error(np.empty(0), np.empty(0, dtype=bool)) == 0


def test_a_forecaster_who_says_the_rate_is_calibrated_and_no_better_than_a_constant() -> None:
    right = np.arange(1000) % 4 == 0
    assert calibration_error(np.full(1000, 0.25), right) == pytest.approx(0)
    assert (
        trust(np.full(1000, 0.25), right, np.empty(0))["brier"]
        == trust(np.full(1000, 0.25), right, np.empty(0))["base"]
    )


def test_trust_counts_what_is_unknown_and_absent_persons_as_never_right() -> None:
    nan = np.nan
    result = trust(np.array([0.9, nan, 0.8]), np.array([True, True, False]), np.array([0.3, nan, nan]))
    assert result["unknown"] == 0.5
    assert result["brier"] == pytest.approx((0.1**2 + 0.8**2 + 0.3**2) / 3, abs=1e-6)
    assert result["base"] == pytest.approx(2 / 9, abs=1e-6)
    assert trust(np.array([nan]), np.array([True]), np.array([nan])) == {"unknown": 1.0}


def made_up(depth: int) -> tuple[Ranking, Truth, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    query, gallery = np.repeat(np.arange(40), 5), np.repeat(np.arange(40), 3)
    scores = (rng.normal(size=(200, 120)) + 2 * (query[:, None] == gallery)).astype(np.float32)
    ids = (
        np.array([f"q{i:03}" for i in range(200)], dtype=object),
        np.array([f"g{i:03}" for i in range(120)], dtype=object),
    )
    order = np.argsort(-scores, axis=1, kind="stable")[:, :depth].astype(np.int32)
    ranking = Ranking(*ids, order, np.take_along_axis(scores, order, axis=1))
    names = query.astype(str).astype(object), gallery.astype(str).astype(object)
    truth = Truth.of_labels(ids[0], names[0], dict(zip(ids[1], names[1], strict=True)))
    return ranking, truth, scores, query[:, None] == gallery


def test_a_person_is_made_absent_by_leaving_its_images_out() -> None:
    ranking, truth, scores, right = made_up(120)
    found = open_set(ranking, judge(ranking, truth), truth)
    absent = np.where(right, -np.inf, scores).max(axis=1)
    threshold = np.sort(absent)[-3]  # of 200 strangers two may pass at 1 %
    first = right[np.arange(200), scores.argmax(axis=1)]
    assert found["dir_at_far_1e-2"] == pytest.approx(np.mean(first & (scores.max(axis=1) > threshold)), abs=1e-6)
    genuine, impostor = scores[right], scores[~right]
    assert found["auc"] == pytest.approx(np.mean(genuine[:, None] > impostor), abs=1e-6)
    for name, far in (("1e-2", 0.01), ("1e-3", 0.001)):
        allowed = int(far * len(impostor))
        assert found[f"tar_at_far_{name}"] == pytest.approx(
            np.mean(genuine > np.sort(impostor)[::-1][allowed]), abs=1e-6
        )


def test_pairs_are_counted_only_where_the_ranking_holds_them_all() -> None:
    ranking, truth, *_ = made_up(50)
    whole, *_ = made_up(120)
    found = open_set(ranking, judge(ranking, truth), truth)
    assert set(found) == {"dir_at_far_1e-2"}
    assert found["dir_at_far_1e-2"] == open_set(whole, judge(whole, truth), truth)["dir_at_far_1e-2"]


def test_a_query_without_an_answer_is_a_miss_and_no_false_accept() -> None:
    ranking, truth, *_ = made_up(120)
    fewer = Ranking(ranking.query_id[:150], ranking.gallery_id, ranking.order[:150], ranking.score[:150])
    some, full = (open_set(r, judge(r, truth), truth)["dir_at_far_1e-2"] for r in (fewer, ranking))
    assert some < full
    nobody = Ranking(ranking.query_id[:0], ranking.gallery_id, ranking.order[:0], ranking.score[:0])
    assert open_set(nobody, judge(nobody, truth), truth) == {}


def test_a_refused_query_hands_in_nobody_and_is_named(tmp_path: Path) -> None:
    ranking, *_ = made_up(120)
    queries = ranking.query_id.tolist()
    images = answers(ranking, queries, 10, 0.0, {"q003"})
    assert images["q003"] == []
    assert {name: found for name, found in images.items() if name != "q003"} == {
        name: found for name, found in answers(ranking, queries, 10).items() if name != "q003"
    }
    write_refused(tmp_path, {"q003"}, 0.01, np.array(["", "no", "no"], dtype=object))
    assert json.loads((tmp_path / "refused.json").read_text()) == {
        "false_accept_rate": 0.01,
        "refused": ["q003"],
        "unknown": {"no": 2},
    }
