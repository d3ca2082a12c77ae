"""How likely answers are: against the law that made them, and what must never change it."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from lookalike.fusion.confidence import UNLIKE, Confidence
from lookalike.fusion.curve import Curve, fit_curve
from lookalike.fusion.refusal import CUT, likely, likely_without, refused
from lookalike.fusion.standing import LEAST, Scale, best_of, standing
from lookalike.fusion.tuning.absences import best_of_fewer, simulate
from lookalike.fusion.tuning.likelihood import learn_confidence
from lookalike.kit.errors import LookalikeError
from lookalike.metrics.measures.calibration_error import calibration_error
from lookalike.retrieval.ranking import Ranking
from tests.fusion.made_up import answers

SIGNAL = 3.5


def learned(**changes: object) -> Confidence:
    fold, scores = answers(1, SIGNAL, 150)
    return replace(learn_confidence([fold], [scores]), **changes)


LEARNED = learned()


def asked_again(confidence: Confidence, seed: int, signal: float) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and outcomes of other identities' queries, half of them with the person left out."""
    fold, scores = answers(seed, signal)
    said, right = [], []
    for i, (row, own) in enumerate(zip(scores, fold.relevant, strict=True)):
        kept = ~own if i % 2 else np.ones(len(row), dtype=bool)
        said.append(confidence.judge(standing(row[kept][None], 1)).first[0])
        right.append(own[kept][row[kept].argmax()])
    known = np.isfinite(said)
    assert known.mean() > 0.98
    return np.array(said)[known], np.array(right)[known]


def test_standing_is_the_mean_and_deviation_of_all_but_the_best_tenth() -> None:
    scores = np.random.default_rng(0).normal(2, 3, (4, 95))
    found = standing(scores, 3)
    for i, row in enumerate(scores):
        rest = sorted(row, reverse=True)[10:]
        centre, spread = sum(rest) / len(rest), np.sqrt(sum((v - np.mean(rest)) ** 2 for v in rest) / len(rest))
        assert (found.centre[i], found.spread[i]) == pytest.approx((centre, spread))
        for own, middle, width in (
            (1.0, centre, np.sqrt(spread * 2.0)),
            (0.5, (centre + 7) / 2, spread**0.25 * 2**0.75),
            (0.0, 7.0, 2.0),
        ):
            expected = [(v - middle) / width - 0.5 * norm.ppf(1 - 1 / 95) for v in sorted(row)[:-4:-1]]
            assert found.excess(Scale(own, 7.0, 2.0, 0.5))[i] == pytest.approx(expected)


def test_the_level_of_many_strangers_is_about_what_normal_numbers_reach() -> None:
    best = np.random.default_rng(0).normal(size=(2000, 500)).max(axis=1)
    # The characteristic largest value is the 37th percentile of the maximum, as (1 - 1/n)^n tends to 1/e.
    assert np.mean(best < best_of(500)) == pytest.approx(np.exp(-1), abs=0.03)
    assert best_of(1) == 0


@given(st.integers(5, 12), st.integers(1, 5), st.integers(0, 99))
def test_the_best_of_fewer_is_the_mean_over_all_subsets(n: int, count: int, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=n)
    expected = np.mean([max(taken) for taken in combinations(scores, count)])
    assert best_of_fewer(scores, count) == pytest.approx(expected)


def test_other_identities_are_calibrated_and_knowing_nothing_is_beaten() -> None:
    said, right = asked_again(LEARNED, 2, signal=SIGNAL)
    assert calibration_error(said, right) < 0.06
    assert np.mean((said - right) ** 2) < 0.6 * np.mean((right.mean() - right) ** 2)
    assert LEARNED.brier < 0.6 * LEARNED.base
    assert LEARNED.identities == 150


def test_own_scores_count_less_only_where_that_is_clearly_better() -> None:
    fold, scores = answers(1, SIGNAL)
    noise = np.random.default_rng(0)
    queries = len(scores)
    # Where queries differ in level and spread by nothing that matters, their own scores are needed,
    moved = scores * noise.uniform(0.5, 2, (queries, 1)) + noise.normal(0, 5, (queries, 1))
    assert learn_confidence([fold], [moved]).own == 1.0
    # and where only the low scores differ, they blur.
    blurred = np.where(scores < 0, scores * np.exp(noise.normal(0, 1, (queries, 1))), scores)
    assert learn_confidence([fold], [blurred]).own == 0.0


def test_half_of_what_was_asked_had_no_right_image() -> None:
    fold, scores = answers(1, SIGNAL)
    asked = simulate([fold], [scores])
    assert asked.absent.mean() == pytest.approx(0.5, abs=0.05)
    assert not asked.right[asked.absent].any()
    assert asked.right[~asked.absent, 0].mean() > 0.5
    assert asked.size.min() >= LEAST
    assert len(np.unique(asked.size)) > 3


def test_a_share_of_absent_persons_is_accepted_as_promised() -> None:
    fold, scores = answers(3, SIGNAL, identities=150)
    absent = [row[~own] for row, own in zip(scores, fold.relevant, strict=True)]
    excess = np.array([LEARNED.excess(standing(row[None], 1))[0, 0] for row in absent])
    for rate in (0.2, 0.05):
        assert np.mean(excess >= LEARNED.least_excess(rate)) == pytest.approx(rate, abs=0.4 * rate)


def test_a_rate_that_nobody_could_count_is_refused() -> None:
    with pytest.raises(LookalikeError, match="too few absent persons for any below 0.02"):
        LEARNED.least_excess(0.0001)
    with pytest.raises(LookalikeError, match="no false-accept rate can be kept: there are no identities"):
        Confidence().least_excess(0.1)
    # In between, the logarithm decides.
    pair = replace(LEARNED, accepted=((0.1, 1.0), (0.001, 3.0)))
    assert pair.least_excess(0.01) == pytest.approx(2.0)


@settings(max_examples=25)
@given(st.integers(0, 999), st.floats(0.01, 5))
def test_a_better_first_answer_is_never_less_likely(seed: int, more: float) -> None:
    row = np.random.default_rng(seed).normal(size=(1, 120))
    better = row.copy()
    better[0, row.argmax()] += more
    low, high = (LEARNED.judge(standing(r, 1)).first[0] for r in (row, better))
    assert np.isnan(low) or high > low


@settings(max_examples=25)
@given(st.integers(0, 999), st.integers(2, 6))
def test_as_many_strangers_again_make_an_answer_less_likely(seed: int, copies: int) -> None:
    row = np.random.default_rng(seed).normal(size=(1, 100))
    alone = row.max() + 3
    once = np.append(row[0], alone)[None]
    again = np.append(np.tile(row[0], copies), alone)[None]
    more, fewer = (LEARNED.judge(standing(scores, 1)) for scores in (again, once))
    assume(not more.unknown[0] and not fewer.unknown[0])
    assert more.first[0] < fewer.first[0]


@settings(max_examples=30)
@given(st.integers(0, 999))
def test_the_order_of_the_gallery_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    row = rng.normal(size=(1, 90))
    one, other = (LEARNED.judge(standing(r, 5)) for r in (row, row[:, rng.permutation(90)]))
    assert np.array_equal(one.probability, other.probability, equal_nan=True)


@settings(max_examples=25)
@given(st.integers(0, 999), st.floats(0, 8))
def test_probability_falls_with_rank_and_lies_in_its_interval(seed: int, lead: float) -> None:
    row = np.random.default_rng(seed).normal(size=(1, 100))
    row[0, 7] += lead
    judged = LEARNED.judge(standing(row, 8))
    assume(not judged.unknown[0])
    assert (np.diff(judged.probability[0]) <= 0).all()
    assert ((judged.low <= judged.probability) & (judged.probability <= judged.high)).all()


def test_queries_are_judged_one_by_one_as_together() -> None:
    rows = np.random.default_rng(4).normal(size=(6, 100))
    together = LEARNED.judge(standing(rows, 3)).probability
    alone = np.concatenate([LEARNED.judge(standing(row[None], 3)).probability for row in rows])
    assert together == pytest.approx(alone)


@pytest.mark.parametrize(
    ("scores", "confidence", "reason"),
    [
        (np.random.default_rng(0).normal(size=(1, LEAST - 1)), LEARNED, f"the gallery has {LEAST - 1} images"),
        (np.zeros((1, 100)), LEARNED, "all images of the gallery score the same"),
        (5 + np.random.default_rng(0).normal(size=(1, 100)), LEARNED, UNLIKE),
        (9 * np.random.default_rng(0).normal(size=(1, 100)), LEARNED, UNLIKE),
        (np.random.default_rng(0).normal(size=(1, 300)), learned(largest=2), "over 100 times larger"),
        (np.random.default_rng(0).normal(size=(1, 100)), Confidence(), "there are no identities to learn it from"),
        (np.empty((1, 0)), LEARNED, "the gallery has 0 images"),
    ],
)
def test_what_nothing_is_known_of_has_no_number(scores: np.ndarray, confidence: Confidence, reason: str) -> None:
    judged = confidence.judge(standing(scores, 3))
    assert reason in judged.unknown[0]
    assert np.isnan(judged.probability).all()
    assert np.isnan(judged.first[0])
    assert np.isnan(judged.excess[0])
    assert not refused(judged, 100.0).any()


def test_many_queries_tell_another_kind_of_pictures_where_one_does_not() -> None:
    rng = np.random.default_rng(5)
    usual = standing(rng.normal(size=(64, 200)), 1)
    drifted = replace(usual, centre=usual.centre + 2 * LEARNED.centre[1])
    known = LEARNED.judge(drifted).unknown == ""
    assert known.sum() > 32
    assert set(LEARNED.judge(drifted, drifted).unknown) == {UNLIKE}
    assert LEARNED.judge(usual, usual).unknown.tolist().count("") >= 60
    # Where the same queries find the same at home, nothing has drifted.
    assert (LEARNED.judge(drifted, drifted, drifted).unknown == "").tolist() == known.tolist()


def test_too_few_identities_or_images_teach_nothing() -> None:
    fold, scores = answers(0, SIGNAL, identities=20)
    few = fold.identity < 4
    part = replace(fold, identity=fold.identity[few], relevant=fold.relevant[few])
    assert "only 4 identities" in learn_confidence([part], [scores[few]]).reason
    small, its_scores = answers(0, SIGNAL, identities=10)
    assert f"has the {LEAST} images" in learn_confidence([small], [its_scores]).reason
    assert learn_confidence([], []).reason


def test_the_curve_that_made_the_answers_lies_in_its_interval() -> None:
    rng = np.random.default_rng(6)
    covered = []
    for _ in range(60):
        group = np.repeat(np.arange(50), 20)
        x = rng.normal(size=(1000, 1))
        right = rng.random(1000) < 1 / (1 + np.exp(-(2 * x[:, 0] - 1)))
        _, low, high = fit_curve(x, right, group).likely(np.array([[0.7]]))
        covered.append(low[0] <= 1 / (1 + np.exp(-0.4)) <= high[0])
    assert np.mean(covered) > 0.85


def test_answers_about_one_identity_count_less_than_as_many_about_others() -> None:
    rng = np.random.default_rng(7)
    x, right = rng.normal(size=(40, 1)), rng.random(40) < 0.5
    once = fit_curve(x, right, np.arange(40))
    copied = fit_curve(np.tile(x, (10, 1)), np.tile(right, 10), np.tile(np.arange(40), 10))
    strangers = fit_curve(np.tile(x, (10, 1)), np.tile(right, 10), np.arange(400))
    assert copied.covariance[1][1] == pytest.approx(once.covariance[1][1], rel=0.05)
    assert strangers.covariance[1][1] < 0.2 * copied.covariance[1][1]


def test_a_plan_keeps_what_was_learned() -> None:
    assert Confidence.of(LEARNED.document()) == LEARNED
    assert Confidence.of(Confidence().document()) == Confidence()
    assert Curve.of({"weight": [1.0], "bias": 2.0, "covariance": [[1.0, 0.0], [0.0, 1.0]]}).weight == (1.0,)


def ranking_of(scores: np.ndarray, depth: int) -> Ranking:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :depth].astype(np.int32)
    ids = [
        np.array([f"{side}{i:03}" for i in range(n)], dtype=object) for side, n in zip("qg", scores.shape, strict=True)
    ]
    return Ranking(*ids, order, np.take_along_axis(scores, order, axis=1).astype(np.float32))


def test_a_ranking_is_judged_by_all_of_its_gallery_and_without_the_right_images() -> None:
    fold, scores = answers(2, SIGNAL)
    ranking = ranking_of(scores, scores.shape[1])
    judged = likely(LEARNED, ranking)
    assert judged.first == pytest.approx(LEARNED.judge(standing(scores, 1)).first, nan_ok=True)
    hit = np.take_along_axis(fold.relevant, ranking.order, axis=1)
    rows = np.array([3, 40])
    absent = likely_without(LEARNED, ranking, rows, hit[rows])
    for row, found in zip(rows, absent, strict=True):
        assert found == pytest.approx(LEARNED.judge(standing(scores[row][~fold.relevant[row]][None], 1)).first[0])
    assert (refused(judged, LEARNED.least_excess(0.05)) == (judged.excess < LEARNED.least_excess(0.05))).all()


def test_a_ranking_that_ends_early_is_not_judged() -> None:
    _, scores = answers(2, SIGNAL)
    assert set(likely(LEARNED, ranking_of(scores, 100)).unknown) == {CUT}
