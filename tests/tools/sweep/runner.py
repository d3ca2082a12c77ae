"""A made-up objective in place of training: what a trial is worth, epoch by epoch, follows from its values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lookalike.kit.progress import Epoch
from lookalike.tools.sweep.judge import Judged
from tests.tools.sweep.conftest import EPOCHS, LOSS, RATE

FOLDS = 2


def worth(values: Mapping[str, object]) -> float:
    """Best at a rate of 1e-4 and under supcon: 900 points at most."""
    off = abs(math.log10(float(str(values[RATE]))) + 4)
    return 900 - 200 * off - (50 if values[LOSS] == "triplet" else 0)


@dataclass
class Made:
    """A trial that notes one epoch each time it is looked at."""

    values: Mapping[str, object]
    fault: str = ""
    seen: int = 0
    stopped: list[bool] = field(default_factory=list)

    @property
    def last(self) -> int:
        return FOLDS * int(str(self.values[EPOCHS]))

    def epochs(self) -> Sequence[Epoch]:
        per_fold = self.last // FOLDS
        rows = [(1 + i // per_fold, 1 + i % per_fold) for i in range(min(self.seen, self.last))]
        return [Epoch(fold, number, worth(self.values) - 10 * (per_fold - number), 0.0) for fold, number in rows]

    def ended(self) -> Judged | None:
        self.seen += 1
        if self.seen < self.last:
            return None
        return Judged(0.0, fault=self.fault) if self.fault else Judged(worth(self.values))

    def stop(self, resumable: bool) -> None:
        self.stopped.append(resumable)


@dataclass
class MadeRunner:
    """Runs nothing, and keeps what it was asked to run.

    Attributes:
        faulty: numbers of trials that fail.
        killed_at: the trial at whose start the program is interrupted.
    """

    faulty: Mapping[int, str] = field(default_factory=dict)
    killed_at: int = -1
    begun: dict[int, Made] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    renewed: list[tuple[int, int]] = field(default_factory=list)

    def begin(self, place: int, number: int, values: Mapping[str, object]) -> Made:
        if number == self.killed_at:
            raise KeyboardInterrupt
        self.places.append(place)
        self.begun[number] = Made(values, self.faulty.get(number, ""))
        return self.begun[number]

    def take_over(self, old: int, new: int) -> None:
        self.renewed.append((old, new))
