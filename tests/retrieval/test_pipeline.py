"""What must hold of every option: equivariance, invariance, isolation of queries, and no labels."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lookalike.kit.errors import LookalikeError
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval import pipeline
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.place import place
from lookalike.retrieval.similarity import Cosines
from lookalike.retrieval.vectors import cosine, unit
from tests.in_memory import rank

RECIPES: list[dict[str, Any]] = [
    {},
    {"shift": {"method": "centre"}},
    {"shift": {"method": "centre", "reference": "test"}},
    {"shift": {"method": "coral"}},
    {"shift": {"method": "wccn"}},
    {"shift": {"method": "whiten", "reference": "test"}},
    {"shift": {"method": "align"}},
    {"query_averaging": {"enabled": True, "neighbours": 3, "rounds": 2}},
    {"gallery_averaging": {"enabled": True, "neighbours": 3}},
    {"expansion": {"enabled": True, "neighbours": 2}},
    {"hubness": {"method": "csls"}},
    {"hubness": {"method": "inverted_softmax"}},
    {"hubness": {"method": "dual_softmax"}},
    {"hubness": {"method": "mutual_proximity"}},
    {"k_reciprocal": {"enabled": True, "k1": 4, "k2": 2}},
    {"diffusion": {"enabled": True, "neighbours": 5}},
    {"assignment": {"enabled": True}},
    {"prototypes": {"enabled": True, "weight": 0.5}},
    {
        "shift": {"method": "centre"},
        "query_averaging": {"enabled": True, "neighbours": 4},
        "gallery_averaging": {"enabled": True, "neighbours": 2},
        "hubness": {"method": "dual_softmax"},
    },
    {"diffusion": {"enabled": True, "neighbours": 5}, "k_reciprocal": {"enabled": True, "k1": 4, "k2": 2}},
]
recipes = st.sampled_from(RECIPES)
seeds = st.integers(0, 10_000)


def embeddings(seed: int, n_query: int = 9, n_gallery: int = 8) -> Embeddings:
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(6, 7))

    def images(n: int, offset: float) -> np.ndarray:
        return unit(people[np.arange(n) % 6] + 0.5 * rng.normal(size=(n, 7)) + offset).astype(np.float32)

    train = np.concatenate([images(12, 0.0), images(12, 0.4)])
    label = np.array([f"id{i % 6}" for i in range(24)], dtype=object)
    domain = np.repeat(np.array(["real", "synthetic"], dtype=object), 12)
    return Embeddings(images(n_query, 0.0), images(n_gallery, 0.4), train, label, domain)


def options_of(recipe: dict[str, Any], **others: Any) -> RetrievalOptions:
    return RetrievalOptions.model_validate(recipe | others)


def similarity(data: Embeddings, options: RetrievalOptions) -> np.ndarray:
    return pipeline.similarity(data, options).scores()


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return np.allclose(a, b, atol=2e-4, rtol=1e-3)


@given(seeds, recipes)
def test_permuting_queries_or_gallery_permutes_the_result(seed: int, recipe: dict[str, Any]) -> None:
    options, data = options_of(recipe), embeddings(seed)
    rng = np.random.default_rng(seed)
    q, g = rng.permutation(len(data.query)), rng.permutation(len(data.gallery))
    mixed = replace(data, query=data.query[q], gallery=data.gallery[g])
    assert close(similarity(mixed, options), similarity(data, options)[q][:, g])


@given(seeds, recipes)
def test_rotating_the_embeddings_changes_nothing(seed: int, recipe: dict[str, Any]) -> None:
    options, data = options_of(recipe), embeddings(seed)
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(7, 7)))[0]
    turned = {side: unit(getattr(data, side) @ rotation).astype(np.float32) for side in ("query", "gallery", "train")}
    assert close(similarity(replace(data, **turned), options), similarity(data, options))


@given(seeds, recipes)
def test_renaming_the_training_identities_changes_nothing(seed: int, recipe: dict[str, Any]) -> None:
    options, data = options_of(recipe), embeddings(seed)
    renamed = np.array([f"x{9 - int(name[2:])}" for name in data.train_label], dtype=object)
    assert close(similarity(replace(data, train_label=renamed), options), similarity(data, options))


@given(seeds, recipes)
def test_without_transduction_a_query_is_answered_alone(seed: int, recipe: dict[str, Any]) -> None:
    options, data = options_of(recipe, transductive=False), embeddings(seed)
    alone = [similarity(replace(data, query=data.query[i : i + 1]), options) for i in range(len(data.query))]
    assert close(np.concatenate(alone), similarity(data, options))


@given(seeds, recipes, st.integers(0, 8))
def test_a_ranking_is_the_sorted_similarity(seed: int, recipe: dict[str, Any], depth: int) -> None:
    options, data = options_of(recipe, depth=depth), embeddings(seed)
    names = [np.array([f"{side}{i}" for i in range(n)], dtype=object) for side, n in (("q", 9), ("g", 8))]
    ranking = rank(data, *names, options)
    scores = similarity(data, options)
    for i, row in enumerate(scores):
        assert ranking.order[i].tolist() == sorted(range(8), key=lambda j: (-row[j], j))[: depth or 8]


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
@pytest.mark.parametrize(("n_query", "n_gallery"), [(0, 5), (3, 0), (1, 1), (1, 5), (2, 1)])
def test_tiny_sets_are_ranked(recipe: dict[str, Any], n_query: int, n_gallery: int) -> None:
    scores = similarity(embeddings(3, n_query, n_gallery), options_of(recipe))
    assert scores.shape == (n_query, n_gallery)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_copies_of_a_gallery_image_stand_together(recipe: dict[str, Any]) -> None:
    data = embeddings(4)
    doubled = replace(data, gallery=np.concatenate([data.gallery, data.gallery[:1]]))
    scores = similarity(doubled, options_of(recipe))
    if "assignment" not in recipe:
        assert scores[:, 0] == pytest.approx(scores[:, -1], abs=1e-5)


def test_everything_off_is_plain_cosine_bit_for_bit() -> None:
    data = embeddings(5)
    placed = place(data, RetrievalOptions().shift, transductive=True)
    assert isinstance(pipeline.compare(placed, RetrievalOptions()), Cosines)
    assert np.array_equal(similarity(data, RetrievalOptions()), cosine(data.query, data.gallery))
    off = options_of({"query_averaging": {"enabled": True, "neighbours": 8}}, transductive=False)
    assert np.array_equal(similarity(data, off), cosine(data.query, data.gallery))


def test_a_shift_with_nothing_to_learn_from_says_so() -> None:
    data = embeddings(6)
    bare = replace(data, train=data.train[:0], train_label=data.train_label[:0], train_domain=data.train_domain[:0])
    with pytest.raises(LookalikeError, match=r"retrieval\.shift\.method: wccn learns from training images"):
        similarity(bare, options_of({"shift": {"method": "wccn"}}))


def test_one_identity_and_unknown_domains_are_enough_for_a_shift() -> None:
    data = embeddings(7)
    one = replace(
        data, train_label=np.full(24, "only", dtype=object), train_domain=np.full(24, "unknown", dtype=object)
    )
    for transductive in (True, False):
        for shift in ("centre", "wccn", "whiten", "coral"):
            options = options_of({"shift": {"method": shift}}, transductive=transductive)
            assert np.isfinite(similarity(one, options)).all()


def test_the_tables_name_every_block_of_options_in_the_order_they_stand() -> None:
    steps = ["shift", *pipeline.OF_VECTORS, *pipeline.OF_SCORES]
    assert ["depth", "transductive", *steps] == list(RetrievalOptions.model_fields)


def test_corrections_of_scores_see_the_scores_before_them() -> None:
    data = embeddings(8)
    blocks = {"diffusion": {"enabled": True, "neighbours": 4}, "k_reciprocal": {"enabled": True, "k1": 4}}
    both = similarity(data, options_of(blocks))
    flow, overlap = (similarity(data, options_of({name: block})) for name, block in blocks.items())
    # (1 - λ) Jaccard + λ s, once with s as the cosine and once as the diffusion.
    assert both == pytest.approx(overlap + 0.3 * (flow - cosine(data.query, data.gallery)), abs=1e-5)


def test_plain_cosine_is_ranked_without_its_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    def whole(_: Cosines, queries: slice) -> np.ndarray:
        raise AssertionError(f"the matrix of {queries} was asked for")

    monkeypatch.setattr(Cosines, "rows", whole)
    names = [np.array([f"{side}{i}" for i in range(n)], dtype=object) for side, n in (("q", 9), ("g", 8))]
    shifted = {"shift": {"method": "centre"}, "gallery_averaging": {"enabled": True}, "depth": 3}
    assert rank(embeddings(9), *names, options_of(shifted)).order.shape == (9, 3)
    with pytest.raises(AssertionError, match="was asked for"):
        rank(embeddings(9), *names, options_of({"hubness": {"method": "csls"}}))


def test_k_reciprocal_holds_a_block_of_queries_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    options, data = options_of({"k_reciprocal": {"enabled": True, "k1": 4}}), embeddings(10)
    whole = similarity(data, options)
    monkeypatch.setattr("lookalike.retrieval.k_reciprocal.BLOCK", 4)
    blocks = list(pipeline.similarity(data, options).blocks())
    assert [len(block) for block in blocks] == [4, 4, 1]
    assert np.array_equal(np.concatenate(blocks), whole)


@pytest.mark.parametrize("method", ["wccn", "align"])
def test_a_reference_that_the_shift_never_looks_at_is_refused(method: str) -> None:
    with pytest.raises(ValidationError, match=f"reference: test does nothing under method: {method}"):
        options_of({"shift": {"method": method, "reference": "test"}})
