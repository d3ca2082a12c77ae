"""Probabilities, against counting."""

from pathlib import Path

import numpy as np
import pytest

from lookalike.tools.search import calibration
from lookalike.tools.search.calibration import calibrate_system
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.systems import systems_of
from lookalike.validation.folds import Fold


class Given:
    """A system whose similarities are given."""

    models = ()

    def __init__(self, similarity: np.ndarray) -> None:
        self._similarity = similarity

    def placed(self, embeddings: tuple) -> tuple:
        return embeddings

    def similarity(self, embeddings: tuple) -> np.ndarray:
        return self._similarity


def fold(relevant: np.ndarray) -> Fold:
    return Fold((), np.arange(len(relevant)), relevant)


def drawn(slope: float, bias: float) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and who is right, by a logistic curve."""
    rng = np.random.default_rng(5)
    score = rng.uniform(-1, 1, (400, calibration.NEAREST)).astype(np.float32)
    return score, rng.random(score.shape) < 1 / (1 + np.exp(-(slope * score + bias)))


def test_the_curve_that_made_the_pairs_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    score, right = drawn(4.0, -1.0)
    monkeypatch.setattr(calibration, "_folds", lambda run, system: [fold(right)])
    found = calibrate_system(None, Given(score))
    assert found is not None
    assert (found.slope, found.bias) == pytest.approx((4.0, -1.0), abs=0.2)
    assert found.probability(np.array([0.25])) == pytest.approx([0.5], abs=0.03)


def test_scores_that_tell_the_wrong_way_round_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    score, right = drawn(-4.0, 0.0)
    monkeypatch.setattr(calibration, "_folds", lambda run, system: [fold(right)])
    assert calibrate_system(None, Given(score)) is None


def test_without_training_identities_nothing_is_calibrated(finished: Path) -> None:
    run = SearchRun.read(finished)
    for model, table in run.tables.items():
        run.tables[model] = table.rows(table.split != "train")
    systems = systems_of(run)
    assert [calibrate_system(run, system) for system in systems.values()] == [None] * 3
    assert {system.plan.retrieval.shift.method for system in systems.values()} == {"none"}
