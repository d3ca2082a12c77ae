"""What must hold of every option: equivariance, invariance, isolation of queries, and no labels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.kit.errors import LookalikeError
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.clouds import Clouds
from lookalike.retrieval.pipeline import rank, similarity
from lookalike.retrieval.similarity import cosine
from lookalike.retrieval.vectors import unit

RECIPES = [
    {},
    {"shift": "centre"},
    {"shift": "centre", "reference": "test"},
    {"shift": "coral"},
    {"shift": "wccn"},
    {"shift": "whiten", "reference": "test"},
    {"shift": "align"},
    {"query_neighbours": 3, "query_rounds": 2},
    {"gallery_neighbours": 3},
    {"expansion": 2},
    {"hubness": "csls"},
    {"hubness": "inverted_softmax"},
    {"hubness": "dual_softmax"},
    {"hubness": "mutual_proximity"},
    {"rerank": "k_reciprocal", "k1": 4, "k2": 2},
    {"rerank": "diffusion", "k1": 5},
    {"rerank": "assignment"},
    {"prototypes": 0.5},
    {"shift": "centre", "query_neighbours": 4, "gallery_neighbours": 2, "hubness": "dual_softmax"},
]
recipes = st.sampled_from(RECIPES)
seeds = st.integers(0, 10_000)


def clouds(seed: int, n_query: int = 9, n_gallery: int = 8) -> Clouds:
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(6, 7))

    def images(n: int, offset: float) -> np.ndarray:
        return unit(people[np.arange(n) % 6] + 0.5 * rng.normal(size=(n, 7)) + offset).astype(np.float32)

    train = np.concatenate([images(12, 0.0), images(12, 0.4)])
    label = np.array([f"id{i % 6}" for i in range(24)], dtype=object)
    domain = np.repeat(np.array(["real", "synthetic"], dtype=object), 12)
    return Clouds(images(n_query, 0.0), images(n_gallery, 0.4), train, label, domain)


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return np.allclose(a, b, atol=2e-4, rtol=1e-3)


@given(seeds, recipes)
def test_permuting_queries_or_gallery_permutes_the_result(seed: int, recipe: dict[str, object]) -> None:
    options, data = RetrievalOptions(**recipe), clouds(seed)
    rng = np.random.default_rng(seed)
    q, g = rng.permutation(len(data.query)), rng.permutation(len(data.gallery))
    mixed = replace(data, query=data.query[q], gallery=data.gallery[g])
    assert close(similarity(mixed, options), similarity(data, options)[q][:, g])


@given(seeds, recipes)
def test_rotating_the_embeddings_changes_nothing(seed: int, recipe: dict[str, object]) -> None:
    options, data = RetrievalOptions(**recipe), clouds(seed)
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(7, 7)))[0]
    turned = {side: unit(getattr(data, side) @ rotation).astype(np.float32) for side in ("query", "gallery", "train")}
    assert close(similarity(replace(data, **turned), options), similarity(data, options))


@given(seeds, recipes)
def test_renaming_the_training_identities_changes_nothing(seed: int, recipe: dict[str, object]) -> None:
    options, data = RetrievalOptions(**recipe), clouds(seed)
    renamed = np.array([f"x{9 - int(name[2:])}" for name in data.train_label], dtype=object)
    assert close(similarity(replace(data, train_label=renamed), options), similarity(data, options))


@given(seeds, recipes)
def test_without_transduction_a_query_is_answered_alone(seed: int, recipe: dict[str, object]) -> None:
    options, data = RetrievalOptions(**recipe, transductive=False), clouds(seed)
    alone = [similarity(replace(data, query=data.query[i : i + 1]), options) for i in range(len(data.query))]
    assert close(np.concatenate(alone), similarity(data, options))


@given(seeds, recipes, st.integers(0, 8))
def test_a_ranking_is_the_sorted_similarity(seed: int, recipe: dict[str, object], depth: int) -> None:
    options, data = RetrievalOptions(**recipe, depth=depth), clouds(seed)
    names = [np.array([f"{side}{i}" for i in range(n)], dtype=object) for side, n in (("q", 9), ("g", 8))]
    ranking = rank(data, *names, options)
    scores = similarity(data, options)
    for i, row in enumerate(scores):
        assert ranking.order[i].tolist() == sorted(range(8), key=lambda j: (-row[j], j))[: depth or 8]


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
@pytest.mark.parametrize(("n_query", "n_gallery"), [(0, 5), (3, 0), (1, 1), (1, 5), (2, 1)])
def test_tiny_sets_are_ranked(recipe: dict[str, object], n_query: int, n_gallery: int) -> None:
    scores = similarity(clouds(3, n_query, n_gallery), RetrievalOptions(**recipe))
    assert scores.shape == (n_query, n_gallery)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_copies_of_a_gallery_image_stand_together(recipe: dict[str, object]) -> None:
    data = clouds(4)
    doubled = replace(data, gallery=np.concatenate([data.gallery, data.gallery[:1]]))
    scores = similarity(doubled, RetrievalOptions(**recipe))
    if recipe.get("rerank") != "assignment":
        assert scores[:, 0] == pytest.approx(scores[:, -1], abs=1e-5)


def test_everything_off_is_plain_cosine_bit_for_bit() -> None:
    data = clouds(5)
    assert RetrievalOptions().plain
    assert np.array_equal(similarity(data, RetrievalOptions()), cosine(data.query, data.gallery))
    off = RetrievalOptions(transductive=False, query_neighbours=8)
    assert np.array_equal(similarity(data, off), cosine(data.query, data.gallery))


def test_a_shift_with_nothing_to_learn_from_says_so() -> None:
    data = clouds(6)
    bare = replace(data, train=data.train[:0], train_label=data.train_label[:0], train_domain=data.train_domain[:0])
    with pytest.raises(LookalikeError, match=r"retrieval\.shift: wccn learns from training images"):
        similarity(bare, RetrievalOptions(shift="wccn"))


def test_one_identity_and_unknown_domains_are_enough_for_a_shift() -> None:
    data = clouds(7)
    one = replace(
        data, train_label=np.full(24, "only", dtype=object), train_domain=np.full(24, "unknown", dtype=object)
    )
    for transductive in (True, False):
        for shift in ("centre", "wccn", "whiten", "coral"):
            options = RetrievalOptions(shift=shift, transductive=transductive)
            assert np.isfinite(similarity(one, options)).all()
