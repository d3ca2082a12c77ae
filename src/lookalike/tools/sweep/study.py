"""What was tried so far, in SQLite, and what to try next: Optuna's study of a sweep."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, Trial, TrialState

from lookalike.kit.errors import LookalikeError
from lookalike.tools.sweep.knobs import Knob, Scalar
from lookalike.tools.sweep.plan import Sweep

FILE = "study.db"
# So many are drawn at random before their results have a say, in what is tried next and in what is ended early.
STARTUP = 8
PRUNED_AFTER = 5
# A step of Optuna's is an epoch of a fold, which never has so many.
FOLD = 1000
# Rates rise in the first epoch, the more slowly the more epochs there are to be: nothing is ended before the second.
FIRST_PRUNED = FOLD + 2
# Attributes of the study.
BASE, IDENTITY, SCORED = "base", "identity", "scored"
# Attributes of a trial.
INTERRUPTED = "interrupted"


class Study:
    """A sweep's trials; whatever happens to the program, those that ended are kept.

    Attributes:
        optuna: the study.
        sweep: what it is of.
    """

    def __init__(self, folder: Path, sweep: Sweep) -> None:
        """Open the study below a folder, or begin one.

        Raises:
            LookalikeError: the study there is of a file that said otherwise.
        """
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        folder.mkdir(parents=True, exist_ok=True)
        pruner = optuna.pruners.MedianPruner(n_startup_trials=PRUNED_AFTER, n_warmup_steps=FIRST_PRUNED)
        self.optuna = optuna.create_study(
            storage=f"sqlite:///{(folder / FILE).absolute()}",
            study_name=sweep.file.name,
            direction="maximize",
            load_if_exists=True,
            pruner=pruner,
        )
        self.sweep = sweep
        kept = self.optuna.user_attrs.get(IDENTITY)
        if kept is None:
            self._begin()
        elif kept != sweep.identity:
            raise LookalikeError(
                f"{sweep.file.name}: a sweep of this name has other knobs, or another judge, seed or set; give this "
                f"one another name, or remove {folder}"
            )

    def _begin(self) -> None:
        if self.sweep.today is not None:
            self.optuna.enqueue_trial(dict(self.sweep.today), skip_if_exists=True)
        self.optuna.set_user_attr(IDENTITY, self.sweep.identity)

    @property
    def trials(self) -> list[FrozenTrial]:
        """What was begun, but for what was interrupted and is tried again under another number."""
        begun = (t for t in self.optuna.get_trials(deepcopy=False) if t.state != TrialState.WAITING)
        return [trial for trial in begun if INTERRUPTED not in trial.user_attrs]

    @property
    def ended(self) -> list[FrozenTrial]:
        """The trials that ended well, in their order."""
        return [trial for trial in self.trials if trial.state == TrialState.COMPLETE]

    @property
    def best(self) -> FrozenTrial | None:
        """The best trial that ended well, the first of several; None before there is one."""
        return max(self.ended, key=lambda trial: (trial.value, -trial.number), default=None)

    def take_up(self) -> list[tuple[int, int]]:
        """Queue anew what was running when the program ended, and return its old and new numbers."""
        renewed = []
        for trial in self.optuna.get_trials(states=(TrialState.RUNNING,)):
            running = Trial(self.optuna, trial._trial_id)
            running.set_user_attr(INTERRUPTED, True)
            values = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
            self.optuna.tell(trial.number, state=TrialState.FAIL)
            if len(values) == len(self.sweep.knobs):
                self.optuna.enqueue_trial(values)
                renewed.append((trial.number, self.optuna.get_trials(deepcopy=False)[-1].number))
        return renewed

    def ask(self) -> Trial:
        """Return the next trial, its values drawn.

        The seed is the sweep's and the number of trials before: with one job, a sweep that was interrupted tries what
        an unbroken one does.
        """
        draw = np.random.SeedSequence([self.sweep.file.seed, len(self.trials)]).generate_state(1)[0]
        self.optuna.sampler = optuna.samplers.TPESampler(
            seed=int(draw), n_startup_trials=STARTUP, multivariate=True, constant_liar=True
        )
        return self.optuna.ask({knob.key: _distribution(knob) for knob in self.sweep.knobs})

    def twin(self, trial: Trial) -> FrozenTrial | None:
        """Record a trial like an earlier one of the same values, which would end the same; None where there is none."""
        ended = (TrialState.COMPLETE, TrialState.PRUNED)
        twin = next((t for t in self.trials if t.state in ended and t.params == trial.params), None)
        if twin is not None:
            _note(trial, {**twin.user_attrs, "twin": twin.number, "seconds": 0.0})
            self.optuna.tell(trial, twin.value if twin.state == TrialState.COMPLETE else None, twin.state)
        return twin

    def finish(self, trial: Trial, score: float, facts: Mapping[str, Any]) -> None:
        """Record a trial that ended well, with figures to show."""
        _note(trial, facts)
        self.optuna.tell(trial, score)

    def prune(self, trial: Trial, facts: Mapping[str, Any]) -> None:
        """Record a trial that was ended early."""
        _note(trial, facts)
        self.optuna.tell(trial, state=TrialState.PRUNED)

    def fail(self, trial: Trial, fault: str, facts: Mapping[str, Any]) -> None:
        """Record a trial that failed, and why; the sweep goes on."""
        _note(trial, {**facts, "fault": fault})
        self.optuna.tell(trial, state=TrialState.FAIL)

    def importances(self) -> dict[str, float]:
        """Return the share of each knob in the spread of scores, largest first; empty while too little is known.

        Source: functional ANOVA; Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter
        Importance", ICML 2014.
        """
        ended = self.ended
        if len(ended) < STARTUP or len({trial.value for trial in ended}) < 2:
            return {}
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self.sweep.file.seed)
        with suppress(RuntimeError):  # the spread is all one knob's chance
            return optuna.importance.get_param_importances(self.optuna, evaluator=evaluator)
        return {}


def _note(trial: Trial, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        trial.set_user_attr(name, value)


def _distribution(knob: Knob) -> BaseDistribution:
    if knob.span is None:
        return CategoricalDistribution(knob.choices)
    low, high, log = knob.span.low, knob.span.high, knob.span.log
    return IntDistribution(int(low), int(high), log) if knob.whole else FloatDistribution(float(low), float(high), log)


def values_of(trial: Trial | FrozenTrial, knobs: Sequence[Knob]) -> dict[str, Scalar]:
    """Return a trial's values in the order of the file."""
    return {knob.key: trial.params[knob.key] for knob in knobs}
