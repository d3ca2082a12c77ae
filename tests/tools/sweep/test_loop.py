"""The search with a made-up objective: no training, but Optuna's study in its file."""

from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from lookalike.kit.errors import LookalikeError
from lookalike.kit.progress import Epoch
from lookalike.tools.sweep.loop import progress_of, sweep_on
from lookalike.tools.sweep.study import FOLD, PRUNED_AFTER, Study
from tests.tools.sweep.conftest import EPOCHS, LOSS, RATE, Load
from tests.tools.sweep.runner import MadeRunner, worth

Values = dict[str, Any]


def run(study: Study, runner: MadeRunner) -> list[str]:
    said: list[str] = []
    sweep_on(study, runner, said.append, pause=0)
    return said


def states(study: Study) -> list[TrialState]:
    return [trial.state for trial in study.trials]


def tried(study: Study) -> list[tuple[TrialState, Values]]:
    return [(trial.state, dict(trial.params)) for trial in study.trials]


def test_todays_recipe_comes_first_and_a_better_one_is_found(load: Load, tmp_path: Path) -> None:
    study = Study(tmp_path, load(trials=20))
    said = run(study, MadeRunner())
    assert len(study.trials) == len(said) == 20
    assert study.trials[0].params == {RATE: 5e-5, EPOCHS: 3, LOSS: "supcon"}
    best = study.best
    assert best is not None and best.value == worth(best.params) > worth(study.trials[0].params)
    assert best.value == max(t.value for t in study.trials if t.state == TrialState.COMPLETE)


def test_what_is_hopeless_is_pruned_and_never_the_best(load: Load, tmp_path: Path) -> None:
    study, runner = Study(tmp_path, load(trials=30)), MadeRunner()
    run(study, runner)
    pruned = [trial for trial in study.trials if trial.state == TrialState.PRUNED]
    assert pruned and TrialState.COMPLETE in states(study)
    assert min(trial.number for trial in pruned) >= PRUNED_AFTER
    ended = [trial for trial in study.trials if trial.state == TrialState.COMPLETE]
    for trial in pruned:
        made = runner.begun[trial.number]
        assert made.stopped == [False] and 2 <= made.seen < made.last
        earlier = sorted(worth(other.params) for other in ended if other.number < trial.number)
        assert worth(trial.params) < earlier[-1]
    assert all(not runner.begun[trial.number].stopped for trial in ended if trial.number in runner.begun)


@pytest.mark.parametrize("killed_at", [1, 9])
def test_a_sweep_that_was_killed_goes_on_as_if_it_had_not_been(load: Load, tmp_path: Path, killed_at: int) -> None:
    unbroken = Study(tmp_path / "unbroken", load())
    run(unbroken, MadeRunner())
    with pytest.raises(KeyboardInterrupt):
        run(Study(tmp_path / "broken", load()), MadeRunner(killed_at=killed_at))
    broken, runner = Study(tmp_path / "broken", load()), MadeRunner()
    run(broken, runner)
    assert tried(broken) == tried(unbroken)
    # What was running has another number now, which its experiment is named after.
    assert runner.renewed == [(killed_at, killed_at + 1)]
    assert killed_at not in runner.begun and killed_at + 1 in runner.begun


def test_a_kill_stops_what_runs_and_lets_it_be_resumed(load: Load, tmp_path: Path) -> None:
    study, runner = Study(tmp_path, load(jobs=2)), MadeRunner(killed_at=1)
    with pytest.raises(KeyboardInterrupt):
        run(study, runner)
    assert runner.begun[0].stopped == [True]
    again = MadeRunner()
    run(Study(tmp_path, load(jobs=2)), again)
    assert [old for old, _ in again.renewed] == [0, 1]
    values = {number: made.values for number, made in again.begun.items()}
    assert values[again.renewed[0][1]] == runner.begun[0].values


def test_a_finished_sweep_does_nothing_and_one_with_more_trials_goes_on(load: Load, tmp_path: Path) -> None:
    run(Study(tmp_path, load(trials=3)), MadeRunner())
    idle = MadeRunner()
    assert run(Study(tmp_path, load(trials=3)), idle) == [] and idle.begun == {}
    more = MadeRunner()
    run(Study(tmp_path, load(trials=5)), more)
    assert list(more.begun) == [3, 4]


def test_a_failed_trial_is_recorded_and_the_sweep_goes_on(load: Load, tmp_path: Path) -> None:
    study = Study(tmp_path, load(trials=4))
    said = run(study, MadeRunner(faulty={0: "training loss is nan", 2: "no space left"}))
    assert [state == TrialState.FAIL for state in states(study)] == [True, False, True, False]
    assert study.trials[0].user_attrs["fault"] == "training loss is nan"
    assert said[2] == "0002 failed: no space left"
    assert study.best is not None and study.best.number in (1, 3)


def test_no_recipe_that_is_not_valid_is_run(load: Load, tmp_path: Path) -> None:
    mixup = "models.sface_tuned.train.mixup"
    knobs = {LOSS: ["ce", "supcon"], mixup: [0.0, 0.5], RATE: {"low": 1e-5, "high": 1e-4}, EPOCHS: [2, 3]}
    study, runner = Study(tmp_path, load(trials=16, knobs=knobs)), MadeRunner()
    run(study, runner)
    refused = [
        trial for trial in study.trials if "mixup needs a loss of single images" in trial.user_attrs.get("fault", "")
    ]
    assert refused and all(trial.state == TrialState.FAIL for trial in refused)
    assert {trial.number for trial in refused} & runner.begun.keys() == set()
    assert not any(made.values[LOSS] == "supcon" and made.values[mixup] == 0.5 for made in runner.begun.values())


def test_the_same_values_are_not_run_twice(load: Load, tmp_path: Path) -> None:
    study = Study(tmp_path, load(trials=8, knobs={LOSS: ["supcon", "triplet"], EPOCHS: [2, 3], RATE: [5e-5, 1e-4]}))
    runner = MadeRunner()
    run(study, runner)
    ran = [tuple(made.values.items()) for made in runner.begun.values()]
    assert len(set(ran)) == len(ran) < len(study.trials) == 8
    twins = [trial for trial in study.trials if "twin" in trial.user_attrs]
    for twin in twins:
        first = study.trials[twin.user_attrs["twin"]]
        assert (first.params, first.value, first.state) == (twin.params, twin.value, twin.state)


def test_jobs_run_in_places_of_their_own(load: Load, tmp_path: Path) -> None:
    study, runner = Study(tmp_path, load(jobs=3)), MadeRunner()
    run(study, runner)
    assert len(study.trials) == 12 and runner.places[:3] == [0, 1, 2] and set(runner.places) == {0, 1, 2}


def test_a_study_is_of_one_file(load: Load, tmp_path: Path) -> None:
    Study(tmp_path, load())
    with pytest.raises(LookalikeError, match="another name, or remove"):
        Study(tmp_path, load(seed=99))


def test_knobs_that_matter_are_told_from_those_that_do_not(load: Load, tmp_path: Path) -> None:
    study = Study(tmp_path, load(trials=30))
    assert study.importances() == {}, "nothing is known yet"
    run(study, MadeRunner())
    shares = study.importances()
    assert next(iter(shares)) == RATE and sum(shares.values()) == pytest.approx(1)
    assert shares[RATE] > 0.5 > shares[EPOCHS]


def test_what_is_reported_only_grows_and_meets_others_at_the_same_step() -> None:
    epochs = [Epoch(1, 1, 800, 0.5), Epoch(1, 2, 700, 0.5), Epoch(2, 1, 900, 0.25), Epoch(2, 2, 950, 0.25)]
    assert progress_of(epochs) == [
        (FOLD + 1, 1300.0),
        (FOLD + 2, 1300.0),
        (2 * FOLD + 1, 1300.0 + 1150.0),
        (2 * FOLD + 2, 1300.0 + 1200.0),
    ]
    assert progress_of([]) == []
