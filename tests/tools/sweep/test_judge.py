from pathlib import Path
from typing import Any

import pytest

from lookalike.fusion.tuning.record import Record, Trial
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import write_json
from lookalike.run.layout import Layout
from lookalike.tools.sweep.judge import judged


def test_a_model_is_judged_by_the_epoch_that_training_kept(tmp_path: Path) -> None:
    facts = {"best_points": 912.5, "best_map": 0.75, "frozen_points": 1.0, "frozen_map": 0.1, "best_epoch": 2}
    write_json(Layout(tmp_path).training_record("net"), facts)
    found = judged(Layout(tmp_path), "net")
    assert (found.score, found.facts) == (912.5 + 750.0, {"points": 912.5, "map": 0.75})


def record(folder: Path, tried: list[Trial]) -> Layout:
    domains: dict[str, Any] = {}
    Record(9, tried, domains).write(Layout(folder).tuning)
    return Layout(folder)


def trial(step: str, points: float, gain: float, kept: bool) -> Trial:
    return Trial(step, "c", points, gain, 1.0, kept)


@pytest.mark.parametrize(
    ("tried", "points"),
    [
        ([trial("shift", 900, 10, True), trial("hubness", 905, 5, True)], 905),
        ([trial("shift", 900, 10, True), trial("hubness", 890, -10, False)], 900),
        ([trial("shift", 880, -10, False), trial("shift", 885, -5, False)], 890),
        ([trial("shift", 900, 10, True), trial("hubness", 905, 5, True), trial("hubness", 902, 2, False)], 905),
        # Where fitted models get no weight, the others are tuned again, on other identities.
        ([trial("shift", 900, 10, True), trial("hubness", 890, -10, False), trial("shift", 700, 20, True)], 900),
        ([trial("shift", 900, 10, True), trial("shift", 700, 20, True), trial("hubness", 750, 50, True)], 900),
        ([trial("shift", 880, -10, False), trial("shift", 700, 20, True)], 890),
    ],
)
def test_an_ensemble_is_judged_by_its_last_plan(tmp_path: Path, tried: list[Trial], points: float) -> None:
    found = judged(record(tmp_path, tried), "ensemble")
    assert (found.score, found.facts) == (points, {"points": points})


def test_a_tuner_that_tried_nothing_judges_nothing(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match="judged nothing"):
        judged(record(tmp_path, []), "ensemble")
