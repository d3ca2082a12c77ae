"""Everything the doctor looks at."""

from dataclasses import asdict, dataclass
from typing import Any

from lookalike.kit.durations import read_durations
from lookalike.kit.tables import Table
from lookalike.run.run import Run
from lookalike.tools.doctor import weights as pretrained
from lookalike.tools.doctor.dataset import Dataset
from lookalike.tools.doctor.machine import Machine
from lookalike.tools.doctor.outlook import Outlook
from lookalike.tools.doctor.weights import Weights


@dataclass(frozen=True)
class Diagnosis:
    """The state of the project on this machine.

    Attributes:
        machine: what it runs on.
        weights: of every recipe.
        dataset: that the run names.
        outlook: what the next run does; None where DVC, which reads the whole dataset first, would not come to an end.
    """

    machine: Machine
    weights: tuple[Weights, ...]
    dataset: Dataset
    outlook: Outlook | None

    @classmethod
    def make(cls, run: Run) -> "Diagnosis":
        """Look at everything.

        Raises:
            LookalikeError: params.yaml is faulty, or DVC cannot read the pipeline.
        """
        params, layout = run.params, run.files.layout
        weights = tuple(pretrained.examine(params, layout))
        dataset = Dataset.look(params.run.dataset, run)
        outlook = None if dataset.obstacles else Outlook.look(read_durations(layout.durations))
        return cls(Machine.look(), weights, dataset, outlook)

    def faults(self) -> list[str]:
        """Return all that keeps a run from starting, each with what to do."""
        missing = pretrained.faults(self.weights)
        coming = self.outlook.faults() if self.outlook else []
        return [*self.machine.faults(), *self.dataset.faults(), *missing, *coming]

    def tables(self) -> list[Table]:
        """Return tables for a terminal."""
        weights = pretrained.tables(self.weights)
        coming = [self.outlook.table()] if self.outlook else []
        return [self.machine.table(), *weights, self.dataset.table(), *coming]

    def as_dict(self) -> dict[str, Any]:
        """Return the whole as JSON values."""
        return asdict(self) | {"faults": self.faults()}
