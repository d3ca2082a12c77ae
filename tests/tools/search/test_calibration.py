"""How likely a system's answers are, by the run and by what is shipped."""

import json
from pathlib import Path

import numpy as np
import pytest

from lookalike.fusion.confidence import UNLEARNED, Confidence
from lookalike.fusion.curve import Curve
from lookalike.fusion.standing import Standing
from lookalike.tools.search import calibration, shipped
from lookalike.tools.search.calibration import SystemConfidence, calibrate_system
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.systems import systems_of
from lookalike.validation.folds import Fold
from tests.fusion.made_up import IDENTITIES, answers


class Given:
    """A system whose similarities are given."""

    models = ()

    def __init__(self, similarity: np.ndarray) -> None:
        self._similarity = similarity

    def placed(self, embeddings: tuple) -> tuple:
        return embeddings

    def similarity(self, embeddings: tuple) -> np.ndarray:
        return self._similarity


def calibrated(monkeypatch: pytest.MonkeyPatch, fold: Fold, scores: np.ndarray) -> Confidence:
    monkeypatch.setattr(calibration, "_folds", lambda run, system: [fold])
    monkeypatch.setattr(calibration, "_others", lambda run, system, gallery: None)
    return calibrate_system(None, Given(scores), {}).own


def test_what_the_validation_identities_answered_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    fold, scores = answers(0, signal=5.0)
    found = calibrated(monkeypatch, fold, scores)
    assert (found.reason, found.identities) == ("", IDENTITIES)
    assert found.brier < 0.9 * found.base


def test_scores_that_tell_the_wrong_way_round_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # The right images score least: whoever stands out is a stranger.
    fold, scores = answers(0, signal=-5.0)
    found = calibrated(monkeypatch, fold, scores)
    assert "a higher score did not mean a likelier match" in found.reason


def test_without_training_identities_nothing_is_calibrated(finished: Path) -> None:
    run = SearchRun.read(finished)
    gallery = {model: table.embedding[table.split == "gallery"] for model, table in run.tables.items()}
    for model, table in run.tables.items():
        run.tables[model] = table.rows(table.split != "train")
    systems = systems_of(run)
    assert [calibrate_system(run, s, gallery).own.reason for s in systems.values()] == [UNLEARNED] * 3
    assert {system.plan.retrieval.shift.method for system in systems.values()} == {"none"}


def test_what_is_shipped_answers_where_the_run_does_not_know() -> None:
    curve = Curve((2.0,), -1.0, ((0.01, 0.0), (0.0, 0.01)))
    other = Curve((2.0, 0.0), -1.0, ((0.01, 0.0, 0.0),) * 3)
    run = Confidence("", curve, other, (0.5, 0.1), (0.0, 0.1), 1.0, 1.0, 100)
    published = Confidence("", curve, other, (0.0, 0.1), (0.0, 0.1), 1.0, 1.0, 100)
    standing = Standing(np.array([[4.0], [4.5], [9.0]]), np.array([0.0, 0.5, 5.0]), np.ones(3), 100)
    judged = SystemConfidence(run, published).judge(standing)
    expected = np.array([published.judge(standing).first[0], run.judge(standing).first[1]])
    assert judged.first[:2] == pytest.approx(expected)
    assert np.isnan(judged.first[2])
    assert (judged.unknown != "").tolist() == [False, False, True]


def test_what_is_shipped_is_of_these_weights_cut_this_way_and_compared_plainly(project: Path) -> None:
    run = SearchRun.read(project)
    systems = systems_of(run)
    assert {shipped.shipped_confidence(run, system) for system in systems.values()} == {None}


def test_the_shipped_file_is_whole() -> None:
    written = json.loads(shipped.PATH.read_text())
    assert written["provenance"]
    assert len(written["models"]) >= 2
    for value in written["models"].values():
        assert Confidence.of(value).reason == ""
        assert json.loads(json.dumps(Confidence.of(value).document())) == value
