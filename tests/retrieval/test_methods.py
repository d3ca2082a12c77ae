"""Every method against its formula, written out the slow way."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from lookalike.params.retrieval import (
    CslsOptions,
    DiffusionOptions,
    DualSoftmaxOptions,
    ExpansionOptions,
    InvertedSoftmaxOptions,
    KReciprocalOptions,
)
from lookalike.retrieval.assignment import assign
from lookalike.retrieval.averaging import augment, expansion
from lookalike.retrieval.covariance import matrix_power, shrunk_covariance, within_deviations
from lookalike.retrieval.diffusion import diffuse, diffuse_gallery
from lookalike.retrieval.domain import infer_domain
from lookalike.retrieval.embeddings import Embeddings, Placed
from lookalike.retrieval.hubness import (
    csls,
    dual_softmax,
    inverted_softmax,
    mutual_proximity,
)
from lookalike.retrieval.k_reciprocal import k_reciprocal
from lookalike.retrieval.prototypes import TEMPERATURE, centroids, prototype_similarity
from lookalike.retrieval.shift import Domains, align, centre, coral, wccn, whiten
from lookalike.retrieval.similarity import Cosines
from lookalike.retrieval.vectors import cosine, unit

seeds = st.integers(0, 10_000)


def vectors(seed: int, n: int, dim: int = 6) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(n, dim)) + 0.3).astype(np.float32)


def sides(seed: int) -> tuple[np.ndarray, np.ndarray, Domains]:
    label = np.array([f"id{i % 4}" for i in range(20)], dtype=object)
    domains = Domains(vectors(seed, 20), label, vectors(seed + 1, 20), label[::-1])
    return vectors(seed + 2, 5), vectors(seed + 3, 7), domains


def placed(query: np.ndarray, gallery: np.ndarray) -> Placed:
    nobody = np.zeros(0, dtype=object)
    return Placed(query, gallery, query[:0], nobody, nobody, transductive=True)


@given(seeds, st.integers(0, 9), st.sampled_from([0.0, 1.0, 3.0]))
def test_augment_is_a_weighted_mean_of_neighbours(seed: int, count: int, power: float) -> None:
    rows = vectors(seed, 6)
    result = augment(rows, count, power)
    for i in range(6):
        others = sorted((j for j in range(6) if j != i), key=lambda j: -float(rows[i] @ rows[j]))[:count]
        total = rows[i] + sum((max(float(rows[i] @ rows[j]), 0) ** power * rows[j] for j in others), np.zeros(6))
        assert result[i] == pytest.approx(total / np.linalg.norm(total), abs=1e-5)


@given(seeds, st.integers(1, 9))
def test_expansion_adds_the_first_answers(seed: int, count: int) -> None:
    query, gallery = vectors(seed, 3), vectors(seed + 1, 6)
    result = expansion(placed(query, gallery), ExpansionOptions(neighbours=count, power=3.0)).query
    for i in range(3):
        first = sorted(range(6), key=lambda j: -float(query[i] @ gallery[j]))[:count]
        total = query[i] + sum((max(float(query[i] @ gallery[j]), 0) ** 3 * gallery[j] for j in first), np.zeros(6))
        assert result[i] == pytest.approx(total / np.linalg.norm(total), abs=1e-5)


@given(seeds, st.integers(1, 12))
def test_csls_by_equation_three(seed: int, k: int) -> None:
    s = cosine(vectors(seed, 5), vectors(seed + 1, 7))
    result = csls(s, s, CslsOptions(neighbours=k))
    for i, j in itertools.product(range(5), range(7)):
        near_query = np.mean(sorted(s[i], reverse=True)[:k])
        near_gallery = np.mean(sorted(s[:, j], reverse=True)[:k])
        assert result[i, j] == pytest.approx(2 * s[i, j] - near_query - near_gallery, abs=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_of_exponentials_are_those_of_scipy(dtype: type) -> None:
    s = np.random.default_rng(0).uniform(-100, 100, (40, 30)).astype(dtype)
    s[5] = s[0]
    over_bank = s - special.logsumexp(s, axis=0)
    assert inverted_softmax(s, s, InvertedSoftmaxOptions(temperature=1.0)).tobytes() == over_bank.tobytes()
    both = special.log_softmax(s, axis=1) + over_bank
    assert dual_softmax(s, s, DualSoftmaxOptions(temperature=1.0)).tobytes() == both.tobytes()


@given(seeds, st.sampled_from([0.05, 0.5]))
def test_softmaxes_by_their_sums(seed: int, temperature: float) -> None:
    s = cosine(vectors(seed, 5), vectors(seed + 1, 7)).astype(np.float64)
    weight = np.exp(s / temperature)
    over_bank = weight / weight.sum(axis=0)
    over_gallery = weight / weight.sum(axis=1, keepdims=True)
    assert np.exp(inverted_softmax(s, s, InvertedSoftmaxOptions(temperature=temperature))) == pytest.approx(
        over_bank, rel=1e-6
    )
    assert np.exp(dual_softmax(s, s, DualSoftmaxOptions(temperature=temperature))) == pytest.approx(
        over_bank * over_gallery, rel=1e-6
    )


@given(seeds)
def test_mutual_proximity_by_the_normal_distribution(seed: int) -> None:
    s = cosine(vectors(seed, 5), vectors(seed + 1, 7)).astype(np.float64)
    result = np.exp(mutual_proximity(s, s))
    for i, j in itertools.product(range(5), range(7)):
        z = [(s[i, j] - line.mean()) / line.std() for line in (s[i], s[:, j])]
        expected = math.prod(0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z)
        assert result[i, j] == pytest.approx(expected, rel=1e-6)


def test_an_empty_bank_changes_no_ranking() -> None:
    s, nobody = cosine(vectors(1, 5), vectors(2, 7)), np.zeros((0, 7), dtype=np.float32)
    corrected = [
        csls(s, nobody, CslsOptions(neighbours=3)),
        inverted_softmax(s, nobody, InvertedSoftmaxOptions()),
        dual_softmax(s, nobody, DualSoftmaxOptions()),
        mutual_proximity(s, nobody),
    ]
    for values in corrected:
        assert np.array_equal(np.argsort(-values, axis=1), np.argsort(-s, axis=1))


def slow_k_reciprocal(query: np.ndarray, gallery: np.ndarray, k1: int, k2: int, balance: float) -> np.ndarray:
    rows = np.concatenate([query, gallery])
    n, s = len(rows), cosine(rows, rows)
    order = [[i, *sorted((j for j in range(n) if j != i), key=lambda j: (-s[i, j], j))] for i in range(n)]

    def mutual(i: int, k: int) -> set[int]:
        return {j for j in order[i][: k + 1] if i in order[j][: k + 1]}

    encoding = np.zeros((n, n))
    for i in range(n):
        expanded = set(mutual(i, k1))
        for j in mutual(i, k1):
            half = mutual(j, round(k1 / 2))
            if len(half & mutual(i, k1)) > 2 / 3 * len(half):
                expanded |= half
        for j in expanded:
            encoding[i, j] = math.exp(-(1 - float(s[i, j])))
        encoding[i] /= encoding[i].sum()
    encoding = np.stack([encoding[order[i][:k2]].mean(axis=0) for i in range(n)])
    result = np.zeros((len(query), len(gallery)))
    for i, j in itertools.product(range(len(query)), range(len(gallery))):
        a, b = encoding[i], encoding[len(query) + j]
        jaccard = np.minimum(a, b).sum() / np.maximum(a, b).sum()
        result[i, j] = (1 - balance) * jaccard + balance * s[i, len(query) + j]
    return result


@given(seeds, st.integers(2, 14), st.integers(1, 4))
def test_k_reciprocal_equals_the_paper_written_out(seed: int, k1: int, k2: int) -> None:
    query, gallery = vectors(seed, 5), vectors(seed + 1, 8)
    options = KReciprocalOptions(k1=k1, k2=k2, balance=0.3)
    fast = k_reciprocal(Cosines(placed(query, gallery)), options).scores()
    assert fast == pytest.approx(slow_k_reciprocal(query, gallery, k1, k2, 0.3), abs=1e-5)


def slow_diffusion(rows: np.ndarray, source: np.ndarray, options: DiffusionOptions) -> np.ndarray:
    """Iterate f <- α S f + source, as Zhou et al. do, until nothing changes."""
    n, s = len(rows), cosine(rows, rows)
    near = [sorted((j for j in range(n) if j != i), key=lambda j: -s[i, j])[: options.neighbours] for i in range(n)]
    weight = np.zeros((n, n))
    for i, j in itertools.product(range(n), range(n)):
        if j in near[i] and i in near[j]:
            weight[i, j] = max(float(s[i, j]), 0) ** options.power
    degree = weight.sum(axis=1)
    scale = np.array([1 / math.sqrt(d) if d > 0 else 0.0 for d in degree])
    step = options.flow * scale[:, None] * weight * scale
    state = np.zeros_like(source)
    for _ in range(300):
        state = step @ state + source
    return state


@given(seeds, st.integers(1, 12))
def test_diffusion_is_where_its_iteration_ends(seed: int, count: int) -> None:
    query, gallery = vectors(seed, 4), vectors(seed + 1, 7)
    options = DiffusionOptions(neighbours=count, power=3.0, flow=0.7)
    source = np.zeros((11, 4))
    source[:4] = np.eye(4)
    expected = slow_diffusion(np.concatenate([query, gallery]), source, options)[4:].T
    assert diffuse(query, gallery, options) == pytest.approx(expected, abs=1e-5)
    s = cosine(query, gallery)
    source = np.zeros((7, 4))
    for i in range(4):
        for j in sorted(range(7), key=lambda j: -s[i, j])[:count]:
            source[j, i] = max(float(s[i, j]), 0) ** 3
    assert diffuse_gallery(query, gallery, options) == pytest.approx(
        slow_diffusion(gallery, source, options).T, abs=1e-5
    )


@given(seeds)
def test_assignment_is_the_best_of_all_permutations(seed: int) -> None:
    s = cosine(vectors(seed, 5), vectors(seed + 1, 5))
    winner = max(itertools.permutations(range(5)), key=lambda p: sum(float(s[i, j]) for i, j in enumerate(p)))
    lifted = assign(s)
    assert lifted.argmax(axis=1).tolist() == list(winner)
    for i in range(5):
        rest = [j for j in range(5) if j != winner[i]]
        assert lifted[i, rest].tolist() == s[i, rest].tolist()


def test_assignment_with_more_queries_than_images() -> None:
    s = cosine(vectors(1, 5), vectors(2, 3))
    assert (assign(s) != s).any(axis=1).sum() <= 3


@given(seeds)
def test_centring_leaves_domains_without_a_mean(seed: int) -> None:
    query, gallery, domains = sides(seed)
    moved_query, moved_gallery = centre(query, gallery, domains, 0.5)
    expected = query - domains.real.mean(axis=0)
    assert moved_query == pytest.approx(expected / np.linalg.norm(expected, axis=1, keepdims=True), abs=1e-5)
    expected = gallery - domains.synthetic.mean(axis=0)
    assert moved_gallery == pytest.approx(expected / np.linalg.norm(expected, axis=1, keepdims=True), abs=1e-5)


@given(seeds)
def test_whitening_and_wccn_make_their_covariance_round(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(200, 4)) * [4, 2, 1, 0.5]
    rows -= rows.mean(axis=0)
    projected = rows @ matrix_power(shrunk_covariance(rows, 0.0), -0.5)
    assert np.cov(projected.T, bias=True) == pytest.approx(np.eye(4), abs=1e-6)
    assert matrix_power(shrunk_covariance(rows, 1.0), -0.5) == pytest.approx(np.eye(4) / rows.std(), rel=1e-6)
    label = np.array([f"{i % 5}" for i in range(200)], dtype=object)
    deviation = within_deviations(rows, label)
    for name in set(label):
        assert deviation[label == name].mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)


@given(seeds)
def test_full_shrinkage_turns_every_shift_into_centring(seed: int) -> None:
    query, gallery, domains = sides(seed)
    plain = cosine(*centre(query, gallery, domains, 1.0))
    for shift in (wccn, whiten, coral, align):
        assert cosine(*shift(query, gallery, domains, 1.0)) == pytest.approx(plain, abs=1e-5)


def test_coral_gives_photographs_the_covariance_of_drawings() -> None:
    rng = np.random.default_rng(0)
    real, synthetic = rng.normal(size=(500, 3)) * [3, 1, 1], rng.normal(size=(500, 3)) * [1, 2, 1]
    nobody = np.full(500, None)
    domains = Domains(real, nobody, synthetic, nobody)
    whitened = matrix_power(shrunk_covariance(real - real.mean(axis=0), 0), -0.5)
    coloured = (real - real.mean(axis=0)) @ whitened @ matrix_power(np.cov(synthetic.T, bias=True), 0.5)
    assert np.cov(coloured.T, bias=True) == pytest.approx(np.cov(synthetic.T, bias=True), abs=1e-6)
    moved, _ = coral(real, synthetic, domains, 0.0)
    assert moved == pytest.approx(unit(coloured), abs=1e-5)


def test_alignment_undoes_a_rotation() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(40, 5))
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    label = np.array([f"{i % 10}" for i in range(40)], dtype=object)
    domains = Domains(rows, label, rows @ rotation, label)
    query, gallery = align(rows[:6], (rows @ rotation)[:6], domains, 0.0)
    assert query == pytest.approx(gallery, abs=1e-5)


@given(seeds)
def test_prototype_similarity_is_the_cosine_of_resemblances(seed: int) -> None:
    query, gallery, train = vectors(seed, 3), vectors(seed + 1, 4), vectors(seed + 2, 9)
    label = np.array(list("cbacbacba"), dtype=object)
    prototypes = centroids(train, label)
    expected = np.stack([train[label == name].mean(axis=0) for name in "abc"])
    assert prototypes == pytest.approx(unit(expected), abs=1e-5)

    def resemblance(row: np.ndarray) -> np.ndarray:
        weight = np.array([math.exp(float(row @ p) / TEMPERATURE) for p in prototypes])
        return weight / np.linalg.norm(weight)

    slow = np.array([[resemblance(q) @ resemblance(g) for g in gallery] for q in query])
    assert prototype_similarity(query, gallery, prototypes) == pytest.approx(slow, abs=1e-4)


def test_domains_are_inferred_and_doubted() -> None:
    rng = np.random.default_rng(2)
    apart = unit(np.concatenate([rng.normal(size=(90, 8)) + 1, rng.normal(size=(90, 8)) - 1])).astype(np.float32)
    label, unknown = np.full(60, "a", dtype=object), np.full(60, "unknown", dtype=object)
    train = np.concatenate([apart[:30], apart[90:120]])
    sure = infer_domain(Embeddings(apart[30:90], apart[120:], train, label, unknown))
    assert (sure.domain[:30] == "real").mean() > 0.95
    assert (sure.domain[30:] == "synthetic").mean() > 0.95
    assert sure.accuracy > 0.95
    same = vectors(5, 400, 8)
    unsure = infer_domain(Embeddings(same[:200], same[200:], same[:60], label, unknown))
    assert unsure.accuracy < 0.65
    assert unsure.certainty < sure.certainty
