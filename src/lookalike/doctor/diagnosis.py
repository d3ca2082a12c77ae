"""Everything the doctor looks at."""

from dataclasses import asdict, dataclass
from typing import Any

from lookalike.config import Params
from lookalike.doctor import weights as pretrained
from lookalike.doctor.dataset import Dataset
from lookalike.doctor.machine import Machine
from lookalike.doctor.outlook import Outlook
from lookalike.doctor.weights import Weights
from lookalike.durations import read_durations
from lookalike.listing import Listing


@dataclass(frozen=True)
class Diagnosis:
    """The state of the project on this machine."""

    machine: Machine
    weights: tuple[Weights, ...]
    dataset: Dataset
    outlook: Outlook

    @classmethod
    def make(cls, params: Params) -> "Diagnosis":
        """Look at everything.

        Raises:
            LookalikeError: DVC cannot read the pipeline.
        """
        weights = tuple(pretrained.examine(params))
        outlook = Outlook.look(read_durations())
        return cls(Machine.look(), weights, Dataset.look(params.run.dataset), outlook)

    def faults(self) -> list[str]:
        """Return all that keeps a run from starting, each with what to do."""
        missing = pretrained.faults(self.weights)
        return [*self.machine.faults(), *self.dataset.faults(), *missing, *self.outlook.faults()]

    def listings(self) -> list[Listing]:
        """Return tables for a terminal."""
        weights = pretrained.listings(self.weights)
        return [self.machine.listing(), *weights, self.dataset.listing(), self.outlook.listing()]

    def as_dict(self) -> dict[str, Any]:
        """Return the whole as JSON values."""
        return asdict(self) | {"faults": self.faults()}
