"""The trials of a sweep, side by side, each watched while it runs."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from optuna.trial import Trial

from lookalike.kit.progress import Epoch
from lookalike.tools.sweep.judge import Judged
from lookalike.tools.sweep.knobs import Scalar
from lookalike.tools.sweep.study import FOLD, Study, values_of


class Running(Protocol):
    """An experiment that is under way."""

    def epochs(self) -> Sequence[Epoch]:
        """Return what its training noted so far."""

    def ended(self) -> Judged | None:
        """Return what became of it; None while it runs."""

    def stop(self, resumable: bool) -> None:
        """End it early and wait until it is gone; a training that is resumable keeps its checkpoint."""


class Runner(Protocol):
    """What runs experiments."""

    def begin(self, place: int, number: int, values: Mapping[str, Scalar]) -> Running:
        """Start a trial's experiment in one of the places, which is free.

        Raises:
            LookalikeError: it cannot be started; no other trial could.
        """

    def take_over(self, old: int, new: int) -> None:
        """Let a trial go on with what an interrupted one of the same values had noted."""


@dataclass
class _Watched:
    trial: Trial
    running: Running
    start: float
    told: int = 0


def progress_of(epochs: Sequence[Epoch]) -> list[tuple[int, float]]:
    """Return (step, value) of every epoch: the best score so far in its fold, plus the best of the folds before it.

    It only grows, so that "the best so far", by which Optuna prunes, is the last; and at one step all trials have been
    judged by the same identities.
    """
    best: dict[int, float] = {}
    steps = []
    for epoch in epochs:
        best[epoch.fold] = max(best.get(epoch.fold, 0.0), epoch.points + 1000 * epoch.map)
        steps.append((FOLD * epoch.fold + epoch.number, sum(best.values())))
    return steps


def sweep_on(study: Study, runner: Runner, say: Callable[[str], None], pause: float) -> None:
    """Run what is left of a sweep's trials.

    Args:
        study: what was tried.
        runner: of the experiments.
        say: tells a person what ended.
        pause: seconds between two looks at what runs.
    """
    for old, new in study.take_up():
        runner.take_over(old, new)
    places: dict[int, _Watched] = {}
    try:
        while _fill(study, runner, places, say) or places:
            time.sleep(pause)
            for place in list(places):
                if _ended(study, places[place], say):
                    del places[place]
    finally:
        # Interrupted: what ran stands as running in the study, and is tried again when the sweep goes on.
        for watched in places.values():
            watched.running.stop(resumable=True)


def _fill(study: Study, runner: Runner, places: dict[int, _Watched], say: Callable[[str], None]) -> bool:
    """Begin trials while there is a free place; tell whether one was begun."""
    file, before = study.sweep.file, len(places)
    while len(places) < file.jobs and len(study.trials) < file.trials:
        trial = study.ask()
        values = values_of(trial, study.sweep.knobs)
        if faults := study.sweep.faults(values):
            study.fail(trial, "; ".join(faults), {})
            say(f"{trial.number:04d} is no valid recipe: {'; '.join(faults)}")
        elif (twin := study.twin(trial)) is not None:
            say(f"{trial.number:04d} is {twin.number:04d} again")
        else:
            place = next(place for place in range(file.jobs) if place not in places)
            places[place] = _Watched(trial, runner.begin(place, trial.number, values), time.monotonic())
    return len(places) > before


def _ended(study: Study, watched: _Watched, say: Callable[[str], None]) -> bool:
    """Look at a trial that runs, and record it if it has ended or is not worth going on with."""
    trial, number = watched.trial, watched.trial.number
    judged = watched.running.ended()
    steps = progress_of(watched.running.epochs())
    for step, value in steps[watched.told :]:
        trial.report(value, step)
    fresh, watched.told = len(steps) > watched.told, len(steps)
    seconds = {"seconds": round(time.monotonic() - watched.start, 1)}
    if judged is None:
        if not (fresh and trial.should_prune()):
            return False
        watched.running.stop(resumable=False)
        study.prune(trial, seconds)
        say(f"{number:04d} pruned after {len(steps)} epochs")
    elif judged.fault:
        study.fail(trial, judged.fault, seconds)
        say(f"{number:04d} failed: {judged.fault}")
    else:
        study.finish(trial, judged.score, {**judged.facts, **seconds})
        say(f"{number:04d} scores {judged.score:.1f} on validation identities")
    return True
