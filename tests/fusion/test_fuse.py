"""Fusing a block of queries at a time gives what fusing all of them gives, whatever the rule."""

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lookalike.embedding.table import EmbeddingTable
from lookalike.fusion.normalise import NORMALISERS
from lookalike.fusion.plan import Plan
from lookalike.fusion.tuning.candidates import steps_under
from lookalike.kit.errors import LookalikeError
from lookalike.params.fusion import RULES
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval import nearest, similarity, vectors
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.similarity import Similarity
from lookalike.retrieval.vectors import unit
from tests.in_memory import fuse

RECIPES: list[dict[str, Any]] = [
    {},
    {"shift": {"method": "wccn"}, "prototypes": {"enabled": True}, "hubness": {"method": "csls"}},
]
PLANS = [(rule, scale) for rule in RULES for scale in (NORMALISERS if rule == "weighted_sum" else ("none",))]
STREAMED = [plan for plan in PLANS if plan[0] != "pca_mean"]


def table(seed: int, dim: int, n_query: int, n_gallery: int) -> EmbeddingTable:
    """Build embeddings of images whose ids stand by split; the seed makes the model, not the images."""
    counts = {"gallery": n_gallery, "query": n_query, "train": 12}
    split = np.repeat(np.array(list(counts), dtype=object), list(counts.values()))
    names = np.array([f"{part}/{i:05d}" for part, n in counts.items() for i in range(n)], dtype=object)
    train = split == "train"
    label = np.where(train, np.array([f"p{i % 4}" for i in range(len(names))], dtype=object), None)
    domain = np.where(train & (np.arange(len(names)) % 2 == 0), "real", "synthetic").astype(object)
    rows = unit(np.random.default_rng(seed).normal(size=(len(names), dim)) + 0.2).astype(np.float32)
    return EmbeddingTable(names, split, domain, label, rows, {"model": f"m{seed}"})


def plan_of(rule: str, scale: str, recipe: dict[str, Any], depth: int = 4) -> Plan:
    options = RetrievalOptions.model_validate(recipe | {"transductive": False, "depth": depth})
    return replace(Plan.equal(rule, ["a", "b"], options, scale), weight=[0.7, 0.3], accuracy=[0.9, 0.6])


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
@pytest.mark.parametrize(("rule", "scale"), PLANS)
def test_blocks_of_queries_are_fused_as_all_of_them_are(
    rule: str, scale: str, recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tables, plan = [table(1, 5, 7, 30), table(2, 9, 7, 30)], plan_of(rule, scale, recipe)
    scores = plan.similarity([Embeddings.of(one) for one in tables])
    expected = [sorted(range(30), key=lambda j: (-row[j], j))[:4] for row in scores]
    monkeypatch.setattr(similarity, "BLOCK_CELLS", 70)
    monkeypatch.setattr(nearest, "SMALL_CELLS", 0)
    monkeypatch.setattr(nearest, "LARGE_SHARE", 1)
    ranking = fuse(plan, tables)
    assert ranking.order.tolist() == expected
    assert ranking.score == pytest.approx(np.take_along_axis(scores, ranking.order.astype(int), axis=1), abs=1e-5)
    assert ranking.score.dtype == np.float32


@pytest.mark.parametrize(("rule", "scale"), STREAMED)
def test_fusing_holds_a_block_and_not_the_matrix(rule: str, scale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def whole(_: Similarity) -> np.ndarray:
        raise AssertionError("the whole matrix was asked for")

    for module, name in ((similarity, "BLOCK_CELLS"), (nearest, "BLOCK_CELLS"), (vectors, "BLOCK_NUMBERS")):
        monkeypatch.setattr(module, name, 1 << 13)
    monkeypatch.setattr(nearest, "SMALL_CELLS", 0)
    monkeypatch.setattr(Similarity, "scores", whole)
    tables, plan = [table(1, 5, 300, 4000), table(2, 5, 300, 4000)], plan_of(rule, scale, {"prototypes": {}})
    fuse(plan, tables)
    tracemalloc.start()
    fuse(plan, tables)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.4e6  # one model's matrix is 4.8 MB


def test_principal_components_of_too_many_images_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "DENSE_CELLS", 37 * 9 - 1)
    with pytest.raises(LookalikeError, match=r"run\.fusion: pca_mean holds a matrix of 37 × 9 .*another rule"):
        fuse(plan_of("pca_mean", "none", {}), [table(1, 5, 7, 30), table(2, 9, 7, 30)])


@pytest.mark.parametrize("transductive", [True, False])
def test_the_tuner_does_not_try_what_fusing_would_refuse(transductive: bool) -> None:
    given = RetrievalOptions(transductive=transductive)
    all_steps, steps = ([step.name for step in steps_under(given, True, holdable)] for holdable in (True, False))
    assert "hubness" in all_steps
    assert steps == [name for name in all_steps if name != "hubness" or not transductive]
