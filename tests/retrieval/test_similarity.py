"""Scores in blocks of queries are those of the whole matrix; what needs the whole matrix is refused above a size."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.kit.errors import LookalikeError
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval import hubness, nearest, similarity, vectors
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.pipeline import similarity as similarity_of
from lookalike.retrieval.vectors import cosine, unit
from tests.in_memory import rank

HUBS = ("csls", "inverted_softmax", "dual_softmax", "mutual_proximity")
# What looks at a query's own scores and at what is known of the gallery, and so is worked out in blocks.
BY_QUERY: list[dict[str, Any]] = [
    {},
    {"prototypes": {"enabled": True, "weight": 0.5}},
    *({"hubness": {"method": method}} for method in HUBS),
    {"prototypes": {"enabled": True}, "hubness": {"method": "dual_softmax"}, "shift": {"method": "centre"}},
]


def embeddings(seed: int, n_query: int, n_gallery: int, dim: int = 6, n_train: int = 12) -> Embeddings:
    rng = np.random.default_rng(seed)
    rows = [unit(rng.normal(size=(n, dim)) + 0.3).astype(np.float32) for n in (n_query, n_gallery, n_train)]
    label = np.array([f"id{i // 4}" for i in range(n_train)], dtype=object)
    domain = np.array(["real", "synthetic"], dtype=object)[np.arange(n_train) % 2]
    return Embeddings(*rows, label, domain)


def small_blocks(patch: pytest.MonkeyPatch, cells: int) -> None:
    for module in (similarity, hubness, nearest):
        patch.setattr(module, "BLOCK_CELLS", cells)
    patch.setattr(vectors, "BLOCK_NUMBERS", cells)


@given(st.integers(0, 10_000), st.sampled_from(BY_QUERY), st.sampled_from([1, 9, 20]))
def test_blocks_of_queries_hold_the_scores_of_the_whole(seed: int, recipe: dict[str, Any], cells: int) -> None:
    data, options = embeddings(seed, 5, 9), RetrievalOptions.model_validate(recipe | {"transductive": False})
    whole = similarity_of(data, options)
    assert len(list(whole.blocks())) == 1
    with pytest.MonkeyPatch.context() as patch:
        small_blocks(patch, cells)
        parted = similarity_of(data, options)
        blocks = list(parted.blocks())
        assert [len(block) for block in blocks] == {1: [1] * 5, 9: [1] * 5, 20: [2, 2, 1]}[cells]
        scores = parted.scores()
    assert scores == pytest.approx(whole.scores(), abs=1e-5)
    assert scores.dtype == np.float32


@pytest.mark.parametrize("recipe", BY_QUERY, ids=str)
def test_what_is_held_grows_with_the_block_and_not_with_the_matrix(
    recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch, 1 << 13)
    data = embeddings(0, 1000, 4000)
    names = [np.array([f"{i:04d}" for i in range(n)], dtype=object) for n in (1000, 4000)]
    options = RetrievalOptions.model_validate(recipe | {"transductive": False, "depth": 5})
    rank(data, *names, options)
    tracemalloc.start()
    rank(data, *names, options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6  # the matrix is 16 MB


@given(st.integers(0, 10_000), st.integers(1, 40))
def test_cosines_in_blocks_are_those_of_one_product(seed: int, numbers: int) -> None:
    data = embeddings(seed, 3, 11)
    plain = (data.query.astype(np.float64) @ data.gallery.astype(np.float64).T).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "BLOCK_NUMBERS", numbers)
        assert cosine(data.query, data.gallery) == pytest.approx(plain, abs=1e-7)


@pytest.mark.parametrize(
    ("recipe", "key"),
    [
        *(({"hubness": {"method": method}}, f"retrieval.hubness.method: {method}") for method in HUBS),
        ({"assignment": {"enabled": True}}, "retrieval.assignment.enabled: true"),
        ({"diffusion": {"enabled": True}}, "retrieval.diffusion.enabled: true"),
        ({"diffusion": {"enabled": True}, "transductive": False}, "retrieval.diffusion.enabled: true"),
    ],
)
def test_a_dense_correction_is_refused_above_a_size(
    recipe: dict[str, Any], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, options = embeddings(1, 5, 9), RetrievalOptions.model_validate(recipe)
    side = 9 if recipe.get("transductive") is False else 14
    cells = side * side if "diffusion" in recipe else 5 * 9
    monkeypatch.setattr(similarity, "DENSE_CELLS", cells)
    assert similarity_of(data, options).scores().shape == (5, 9)
    monkeypatch.setattr(similarity, "DENSE_CELLS", cells - 1)
    with pytest.raises(LookalikeError) as refused:
        similarity_of(data, options)
    message = str(refused.value)
    assert message.startswith(f"{key} holds a matrix of ")
    assert f" = {cells} cells, and is refused above {cells - 1}; set retrieval." in message


@pytest.mark.parametrize("recipe", BY_QUERY[1:], ids=str)
def test_what_goes_in_blocks_is_never_refused(recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "DENSE_CELLS", 0)
    options = RetrievalOptions.model_validate(recipe | {"transductive": False})
    assert similarity_of(embeddings(2, 5, 9), options).top(3)[0].shape == (5, 3)
