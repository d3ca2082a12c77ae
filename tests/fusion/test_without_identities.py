"""What is done where no identity can judge."""

from pathlib import Path

import numpy as np
import pytest

from lookalike.embedding.table import EmbeddingTable
from lookalike.fusion.plan import Plan
from lookalike.fusion.tuning import without_identities as module
from lookalike.fusion.tuning.tune import tune
from lookalike.fusion.tuning.without_identities import SHARES, without_identities
from lookalike.params.fusion import FusionOptions
from lookalike.params.load import load_params
from lookalike.params.retrieval import RetrievalOptions
from lookalike.params.weights import WeightsOptions

SFACE, DLIB, IMAGENET = SHARES


def table(weights: str, kept: str = "frozen") -> EmbeddingTable:
    split = np.array(["gallery"] * 3 + ["query"] * 2, dtype=object)
    names = np.array([f"{one}/{i}" for i, one in enumerate(split)], dtype=object)
    domain = np.where(split == "query", "real", "synthetic").astype(object)
    vectors = np.eye(5, 8, dtype=np.float32)
    return EmbeddingTable(names, split, domain, np.full(5, None), vectors, {"weights_sha256": weights, "kept": kept})


def decided(*tables: EmbeddingTable, **retrieval: object) -> Plan:
    names = [f"m{i}" for i in range(len(tables))]
    return without_identities(Plan.equal("joint", names, RetrievalOptions.model_validate(retrieval)), tables)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((SFACE, DLIB), [0.4, 0.6]),
        ((IMAGENET, SFACE), [0.0, 1.0]),
        ((SFACE,), [1.0]),
        ((IMAGENET,), [1.0]),
        ((SFACE, "0" * 64), [0.5, 0.5]),
    ],
)
def test_published_models_have_shares_and_others_count_alike(weights: tuple[str, ...], expected: list[float]) -> None:
    assert decided(*map(table, weights)).weight == pytest.approx(expected)


def test_a_fitted_model_is_another_model() -> None:
    assert decided(table(SFACE, "refitted"), table(DLIB)).weight == [0.5, 0.5]


def test_mutual_neighbours_count_only_where_queries_may_help_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decided(table(SFACE)).retrieval.k_reciprocal.enabled
    assert decided(table(SFACE), transductive=False).retrieval == RetrievalOptions(transductive=False)
    monkeypatch.setattr(module, "fits_dense", lambda rows, columns: rows * columns < 6)
    assert decided(table(SFACE)).retrieval == RetrievalOptions()


@pytest.mark.parametrize("wanted", [True, False])
def test_the_tuner_follows_it_unless_it_is_told_not_to_tune(wanted: bool) -> None:
    tables = [table(SFACE), table(DLIB)]
    options = RetrievalOptions(), FusionOptions(tune=wanted), np.random.default_rng(0)
    plan, record = tune(["a", "b"], tables, np.full(5, -1), [None, None], "joint", *options)
    assert plan.retrieval.k_reciprocal.enabled is wanted
    assert plan.weight == ([0.4, 0.6] if wanted else [0.5, 0.5])
    assert (record.identities, record.tried) == (0, [])


def test_shares_are_of_weights_that_params_name() -> None:
    params = load_params(Path("params.yaml"))
    assert set(SHARES) <= {weights.sha256 for weights in params.weights.values() if isinstance(weights, WeightsOptions)}
