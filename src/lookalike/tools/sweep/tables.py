"""What a sweep has tried, as tables of words."""

from collections.abc import Sequence

import numpy as np
from optuna.trial import FrozenTrial, TrialState

from lookalike.kit.tables import Column, Strong, Table, columns
from lookalike.tools.sweep.knobs import Knob, Scalar
from lookalike.tools.sweep.study import Study, values_of

SHOWN = 20
WORDS = {
    TrialState.COMPLETE: "ended",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}


def short(key: str, judge: str) -> str:
    """Return a knob's key without what the judge's name says already."""
    return key.removeprefix(f"models.{judge}.")


def best_trials(study: Study, most: int = SHOWN) -> Table:
    """Return the trials, best first; those without a score stand last, in their order."""
    trials = sorted(study.trials, key=lambda trial: (-score_of(trial), trial.number))
    file = study.sweep.file
    knobs = study.sweep.knobs
    names = (Column(short(knob.key, file.judge), figures=knob.span is not None) for knob in knobs)
    header = (*columns(">trial", ">score", ">points", ">mAP"), *names, *columns("", ">seconds"))
    rows = [_row(trial, knobs, trial is study.best or trial == study.best, study) for trial in trials[:most]]
    rest = f" And {len(trials) - most} more." if len(trials) > most else ""
    return Table(f"{file.judge} on validation identities", header, rows, f"{counted(study)}.{rest}")


def counted(study: Study) -> str:
    """Return how many trials came to what: `7 ended, 2 pruned`."""
    states = [trial.state for trial in study.trials]
    found = [f"{states.count(state)} {word}" for state, word in WORDS.items() if state in states]
    return f"{len(states)} of {study.sweep.file.trials} trials: {', '.join(found) or 'none'}"


def by_choice(study: Study) -> Table:
    """Return what the choices of each knob that has some were worth among the trials that ended well."""
    rows = []
    for knob in (knob for knob in study.sweep.knobs if knob.choices):
        for choice in knob.choices:
            scores = [score_of(trial) for trial in study.ended if trial.params[knob.key] == choice]
            name = short(knob.key, study.sweep.file.judge)
            found = (f"{max(scores):.1f}", f"{np.median(scores):.1f}") if scores else ("–", "–")
            rows.append((name, written(choice), str(len(scores)), *found))
    return Table("Choices", columns("knob", "choice", ">trials", ">best score", ">median score"), rows)


def score_of(trial: FrozenTrial) -> float:
    """Return a trial's score; less than any where it has none."""
    return float(trial.value) if trial.state == TrialState.COMPLETE and trial.value is not None else float("-inf")


def written(value: Scalar) -> str:
    """Return a value as a person reads it in params.yaml."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _row(trial: FrozenTrial, knobs: Sequence[Knob], best: bool, study: Study) -> tuple[str, ...]:
    facts = trial.user_attrs
    whole = len(trial.params) == len(knobs)
    values = values_of(trial, knobs) if whole else dict.fromkeys((knob.key for knob in knobs), "–")
    number = f"{trial.number:04d}"
    score = f"{trial.value:.1f}" if trial.state == TrialState.COMPLETE else "–"
    figures = (f"{facts[name]:{form}}" if name in facts else "–" for name, form in (("points", ".1f"), ("map", ".4f")))
    notes = [WORDS[trial.state]] if trial.state not in (TrialState.COMPLETE, TrialState.FAIL) else []
    notes += [f"failed: {facts['fault']}"] if "fault" in facts else []
    notes += ["today's"] if values == study.sweep.today else []
    notes += [f"as {facts['twin']:04d}"] if "twin" in facts else []
    seconds = f"{facts['seconds']:.0f}" if "seconds" in facts else "–"
    words = (number, score, *figures, *map(written, values.values()), ", ".join(notes), seconds)
    return tuple(map(Strong, words)) if best else words
