"""Trials as DVC experiments, and what validation says of each."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lookalike.kit.errors import LookalikeError
from lookalike.kit.progress import EPOCHS_VARIABLE, Epoch, read_epochs
from lookalike.kit.workers import VARIABLE as WORKERS
from lookalike.kit.workers import worker_count
from lookalike.run.layout import Layout
from lookalike.tools.sweep.copies import COPIES, Copy, Process
from lookalike.tools.sweep.judge import Judged, judged
from lookalike.tools.sweep.knobs import Scalar
from lookalike.tools.sweep.plan import Sweep


@dataclass(frozen=True)
class Experiments:
    """What runs the experiments of a sweep, each in a copy of the project.

    Attributes:
        root: the project's folder.
        sweep: what is searched.
        base: the commit that all start from.
        dataset: `run.dataset`.
    """

    root: Path
    sweep: Sweep
    base: str
    dataset: str

    @property
    def layout(self) -> Layout:
        """The paths of the project."""
        return Layout(self.root)

    @property
    def folder(self) -> Path:
        """Where the study, and what each trial printed and noted, are."""
        return self.layout.sweeps(self.sweep.file.name)

    def name(self, trial: int | str) -> str:
        """Return the name of an experiment: a trial's, by its number, or another one's."""
        return f"sweep-{self.sweep.file.name}-{f'{trial:04d}' if isinstance(trial, int) else trial}"

    def begin(self, place: int, number: int, values: Mapping[str, Scalar]) -> "Experiment":
        """Start a trial in one of the copies."""
        return self.start(self.copy(place), self.name(number), values, self.sweep.target, self._note(number))

    def start(
        self, copy: Copy, name: str, values: Mapping[str, Scalar], target: str, notes: Path | None = None
    ) -> "Experiment":
        """Start an experiment up to a stage.

        Args:
            copy: where.
            name: of the experiment.
            values: of the knobs.
            target: the stage.
            notes: the file that epochs are noted in.
        """
        copy.prepare()
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"{name}.log"
        extra = {EPOCHS_VARIABLE: str(notes.absolute())} if notes else {}
        if not os.environ.get(WORKERS):
            extra[WORKERS] = str(max(1, worker_count() // self.sweep.file.jobs))
        process = copy.start(name, self.sweep.overrides(values), target, log, extra)
        return Experiment(self, copy, name, process, log, notes)

    def take_over(self, old: int, new: int) -> None:
        """Let a trial go on with what an interrupted one had noted: its checkpoint is found by what it trains."""
        if self._note(old).is_file():
            shutil.copyfile(self._note(old), self._note(new))

    def _note(self, number: int) -> Path:
        return self.folder / f"{self.name(number)}.epochs"

    def copy(self, place: int) -> Copy:
        """Return one of the copies, whether it is made yet or not."""
        return Copy(self.root, self.root / COPIES / f"sweep-{self.sweep.file.name}-{place}", self.base, self.dataset)


@dataclass(frozen=True)
class Experiment:
    """An experiment that is under way in a copy."""

    experiments: Experiments
    copy: Copy
    name: str
    process: Process
    log: Path
    notes: Path | None

    def epochs(self) -> Sequence[Epoch]:
        """Return what its training noted so far."""
        return read_epochs(self.notes) if self.notes else []

    def ended(self) -> Judged | None:
        """Return what validation says of it; None while it runs."""
        if self.process.poll() is None:
            return None
        try:
            self.hand_over()
            return judged(self.copy.layout, self.experiments.sweep.file.judge)
        except LookalikeError as error:
            self.copy.forget_checkpoints()
            return Judged(0.0, fault=str(error))

    def hand_over(self) -> None:
        """Wait until it ends, and give it to the project.

        Raises:
            LookalikeError: it failed.
        """
        if status := self.process.wait():
            raise LookalikeError(f"`dvc exp run` ended with status {status}: {_last_words(self.log)} ({self.log})")
        self.copy.hand_over(self.name)

    def stop(self, resumable: bool) -> None:
        """End it early, with all that it started."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()
        if not resumable:
            self.copy.forget_checkpoints()


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    told = [line for line in lines if line.startswith(("lookalike:", "ERROR:"))] or [line for line in lines if line]
    return told[0] if told else "it printed nothing"
