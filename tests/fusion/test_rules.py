"""Fusion rules, normalisers and learners against their definitions."""

import itertools
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.fusion.calibrate import apply_isotonic, apply_platt, isotonic, logistic, platt
from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import NORMALISERS, minmax, none, places, rank, softmax, zscore
from lookalike.fusion.rule import rule_named
from lookalike.fusion.rules.candidate_sum_50 import seventy_thirty
from lookalike.fusion.tuning.greedy import greedy_weights
from lookalike.fusion.tuning.learned_weights import bradley_terry_weights, logistic_weights
from lookalike.fusion.tuning.weights import simplex
from lookalike.kit.errors import LookalikeError
from lookalike.params.fusion import RULES
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.embeddings import Placed
from lookalike.retrieval.vectors import cosine, unit

seeds = st.integers(0, 10_000)
names = st.sampled_from(sorted(RULES))


def vectors(seed: int, dim: int = 5) -> Placed:
    rng = np.random.default_rng(seed)
    rows = [unit(rng.normal(size=(n, dim)) + 0.4).astype(np.float32) for n in (6, 8, 10)]
    label = np.array([f"id{i % 3}" for i in range(10)], dtype=object)
    domain = np.array(["real", "synthetic"] * 5, dtype=object)
    return Placed(*rows, label, domain, transductive=True)


def evidence(seed: int, accuracy: tuple[float, ...] = (0.9, 0.7, 0.8)) -> Evidence:
    parts = tuple(vectors(seed + i, 5 + i) for i in range(3))
    return Evidence(parts, np.array([0.5, 0.2, 0.3]), np.array(accuracy), RetrievalOptions(), (none,) * 3)


@given(seeds, names, st.permutations(range(3)))
def test_the_order_of_the_models_does_not_matter(seed: int, name: str, order: list[int]) -> None:
    one = evidence(seed)
    parts, weight = tuple(one.models[i] for i in order), one.weight[list(order)]
    other = Evidence(parts, weight, one.accuracy[list(order)], one.options, one.scale)
    assert rule_named(name)(other).scores() == pytest.approx(rule_named(name)(one).scores(), abs=1e-5)


@given(seeds, names)
def test_permuting_images_permutes_the_result(seed: int, name: str) -> None:
    one, rng = evidence(seed), np.random.default_rng(seed)
    q, g = rng.permutation(6), rng.permutation(8)
    parts = tuple(replace(c, query=c.query[q], gallery=c.gallery[g]) for c in one.models)
    other = Evidence(parts, one.weight, one.accuracy, one.options, one.scale)
    assert rule_named(name)(other).scores() == pytest.approx(rule_named(name)(one).scores()[q][:, g], abs=1e-4)


@given(seeds)
def test_plain_sums_by_hand(seed: int) -> None:
    one = evidence(seed)
    cosines = [np.array([[float(q @ g) for g in c.gallery] for q in c.query]) for c in one.models]
    weighted = sum(w * c for w, c in zip(one.weight, cosines, strict=True))
    assert rule_named("weighted_sum")(one).scores() == pytest.approx(weighted, abs=1e-5)
    assert rule_named("joint")(one).scores() == pytest.approx(weighted, abs=1e-5)
    assert rule_named("concatenation")(one).scores() == pytest.approx(sum(cosines) / 3, abs=1e-5)
    shares = one.accuracy / one.accuracy.sum()
    halves = [(c + 1) / 2 for c in cosines]
    mean = sum(w * h for w, h in zip(shares, halves, strict=True))
    assert rule_named("accuracy_mean")(one).scores() == pytest.approx(mean, abs=1e-5)
    inverse = [1 / (1 - a + 1e-6) for a in one.accuracy]
    mean = sum(w * h for w, h in zip(inverse, halves, strict=True)) / sum(inverse)
    assert rule_named("inverse_error_mean")(one).scores() == pytest.approx(mean, abs=1e-5)


@given(seeds, st.integers(1, 9))
def test_candidate_sum_scores_a_missing_candidate_zero(seed: int, candidates: int) -> None:
    one = evidence(seed)
    expected = np.zeros((6, 8))
    for share, c in zip((0.7, 0.15, 0.15), one.models, strict=True):
        for i in range(6):
            row = [float(c.query[i] @ g) for g in c.gallery]
            for j in sorted(range(8), key=lambda j: -row[j])[:candidates]:
                expected[i, j] += share * row[j] if row[j] >= 0.1 else 0
    assert one.candidate_sum(candidates, seventy_thirty(one.accuracy)).scores() == pytest.approx(expected, abs=1e-5)


def test_confidence_max_lets_one_sure_model_answer_alone() -> None:
    one = evidence(1)
    sure = vectors(99)
    gallery = np.concatenate([sure.query[:1], sure.gallery[1:]])
    parts = (replace(sure, gallery=gallery), *one.models[1:])
    result = rule_named("confidence_max")(Evidence(parts, one.weight, one.accuracy, one.options, one.scale)).scores()
    halves = np.stack([(cosine(c.query, c.gallery) + 1) / 2 for c in parts])
    assert result[0] == pytest.approx(halves[0, 0])
    for i in range(1, 6):
        top = halves[:, i].max(axis=1)
        alone = top.max() > 0.95
        assert result[i] == pytest.approx(halves[top.argmax(), i] if alone else halves[:, i].mean(axis=0))


@given(seeds)
def test_rank_rules_by_counting(seed: int) -> None:
    one = evidence(seed)
    rrf, borda = np.zeros((6, 8)), np.zeros((6, 8))
    for w, c in zip(one.weight, one.models, strict=True):
        s = cosine(c.query, c.gallery)
        for i, j in itertools.product(range(6), range(8)):
            place = 1 + sum(s[i] > s[i, j])
            rrf[i, j] += w / (60 + place)
            borda[i, j] += w * (8 - place)
    assert rule_named("reciprocal_rank")(one).scores() == pytest.approx(rrf, abs=1e-6)
    assert rule_named("borda")(one).scores() == pytest.approx(borda, abs=1e-5)


def test_pca_mean_is_whitened_per_model() -> None:
    one = evidence(2)
    result = rule_named("pca_mean")(one).scores()
    means = []
    for c in one.models:
        rows = np.concatenate([c.query, c.gallery]).astype(np.float64)
        rows -= rows.mean(axis=0)
        value, axes = np.linalg.eigh(rows.T @ rows / (len(rows) - 1))
        axes = axes[:, np.argsort(-value)][:, :5]
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(5)])
        projected = rows @ axes
        means.append(projected / projected.std(axis=0, ddof=1))
    mean = unit(np.mean(means, axis=0))
    assert result == pytest.approx(mean[:6] @ mean[6:].T, abs=1e-4)


def test_rules_are_known_by_name_and_others_refused() -> None:
    with pytest.raises(LookalikeError, match="unknown rule median; known: accuracy_mean, borda"):
        rule_named("median")


def test_a_rule_is_loaded_without_the_others() -> None:
    code = (
        "import sys\n"
        "from lookalike.fusion.rule import rule_named\n"
        "rule_named('borda')\n"
        "print(*(name for name in sys.modules if name.startswith('lookalike.fusion.rules.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert loaded.split() == ["lookalike.fusion.rules.borda"]


def test_the_studys_candidate_sums_by_their_lists_and_weights() -> None:
    one = evidence(4)
    shares = {"candidate_sum_50": (50, [0.7, 0.15, 0.15]), "candidate_sum_10": (10, np.array([0.9, 0.7, 0.8]) / 2.4)}
    for name, (candidates, weight) in shares.items():
        expected = one.candidate_sum(candidates, np.array(weight)).scores()
        assert rule_named(name)(one).scores() == pytest.approx(expected, abs=1e-6)


def test_models_over_other_images_are_refused() -> None:
    one = evidence(3)
    short = replace(one.models[0], query=one.models[0].query[:2])
    with pytest.raises(LookalikeError, match="models over the same images"):
        Evidence((short, *one.models[1:]), one.weight, one.accuracy, one.options, one.scale)


@given(st.lists(st.lists(st.integers(-3, 3), min_size=5, max_size=5), min_size=1, max_size=4))
def test_normalisers_by_row(values: list[list[int]]) -> None:
    s = np.array(values, dtype=np.float64) / 4
    for row, z, m, r, p in zip(s, zscore(s), minmax(s), rank(s), softmax(s), strict=True):
        flat = row.min() == row.max()
        assert z == pytest.approx(np.zeros(5) if flat else (row - row.mean()) / row.std())
        assert m == pytest.approx(np.zeros(5) if flat else (row - row.min()) / (row.max() - row.min()))
        weight = [math.exp(v / 0.1) for v in row]
        assert p == pytest.approx([w / sum(weight) for w in weight])
        place = [sum(row > v) + (sum(row == v) + 1) / 2 for v in row]
        assert r == pytest.approx([1 - (q - 1) / 5 for q in place])
    assert places(s).sum(axis=1) == pytest.approx(np.full(len(s), 15))


@given(seeds, st.sampled_from(sorted(NORMALISERS)))
def test_normalising_one_model_changes_no_ranking(seed: int, name: str) -> None:
    s = np.random.default_rng(seed).permutation(24).reshape(3, 8) / 24
    assert np.array_equal(np.argsort(NORMALISERS[name](s), axis=1), np.argsort(s, axis=1))


def test_logistic_recovers_the_model_that_drew_the_data() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 2))
    right = rng.random(20_000) < 1 / (1 + np.exp(-(features @ [2.0, -1.0] + 0.5)))
    weight, bias = logistic(features, right, ridge=0.0)
    assert [*weight, bias] == pytest.approx([2.0, -1.0, 0.5], abs=0.1)


def test_separable_and_one_sided_data_stay_finite() -> None:
    score = np.array([0.1, 0.2, 0.8, 0.9])
    for right in (score > 0.5, score > 0, score > 1):
        slope, bias = platt(score, right)
        probability = apply_platt(score, slope, bias)
        assert np.isfinite(probability).all()
        assert (np.diff(probability) >= 0).all() or right.all() or not right.any()


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=12))
def test_isotonic_is_the_best_monotone_fit(pairs: list[tuple[int, bool]]) -> None:
    score, right = np.array([p[0] for p in pairs], dtype=float), np.array([p[1] for p in pairs])
    knot, value = isotonic(score, right)
    # Robertson et al. 1988, theorem 1.4.4: max over lower ends of the min over upper ends of the mean between.
    for k, v in zip(knot, value, strict=True):
        lower, upper = [a for a in knot if a <= k], [b for b in knot if b >= k]
        best = max(min(right[(score >= a) & (score <= b)].mean() for b in upper) for a in lower)
        assert v == pytest.approx(best)
    assert apply_isotonic(score, knot, value) == pytest.approx(value[np.searchsorted(knot, score)])


@pytest.mark.parametrize("learn", [logistic_weights, bradley_terry_weights])
def test_learned_weights_follow_the_model_that_knows(learn: Callable[..., np.ndarray]) -> None:
    rng = np.random.default_rng(0)
    relevant = np.eye(12, dtype=bool)
    knows, guesses = relevant + 0.3 * rng.normal(size=(12, 12)), rng.normal(size=(12, 12))
    weight = learn((knows, guesses), relevant)
    assert weight.sum() == pytest.approx(1)
    assert weight[0] > 0.7
    assert learn((guesses, knows), relevant) == pytest.approx(weight[::-1], abs=1e-6)
    assert learn((knows, knows), np.zeros((12, 12), dtype=bool)) == pytest.approx([0.5, 0.5])


def test_greedy_stops_where_no_pick_helps() -> None:
    target = np.array([2 / 3, 0.0, 1 / 3])
    weight = greedy_weights(3, lambda w: -float(np.abs(w - target).sum()), 10)
    assert weight == pytest.approx(target)


def test_simplex_holds_every_mix_once() -> None:
    mixes = list(simplex(3, 4))
    expected = [w for w in itertools.product([0, 0.25, 0.5, 0.75, 1], repeat=3) if sum(w) == 1]
    assert mixes == expected
