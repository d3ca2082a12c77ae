"""How long each stage took when it last ran, and what its work cost: what `lookalike doctor` reckons by.

DVC keeps neither. The files are no outputs of the pipeline: they lie in the folder of caches, which git and DVC leave
alone. A stage that DVC restores instead of running keeps its last figure, and so does work whose results were at hand.
"""

import os
import platform
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from lookalike.kit.errors import FileFault, LookalikeError
from lookalike.kit.files import read_json, write_json
from lookalike.kit.workers import worker_count

FILE = Path(".cache/lookalike/durations.json")
WORK_FILE = Path(".cache/lookalike/work.json")
# Seconds of processor time below which a figure is chance: it does not take the place of one that is none.
ENOUGH = 1.0
_PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


@dataclass(frozen=True)
class Work:
    """What was really computed the last time, and what that took.

    Attributes:
        units: how much: images, or of a search query × gallery × dimension products.
        seconds: by the clock, all workers side by side.
        core_seconds: processor time of all of them.
        threads: that worked side by side.
        memory: bytes that the largest process held at most.
        device: `cpu`, or the kind of card.
        cores: of the machine that this program may use.
        machine: its processor's name.
    """

    units: float
    seconds: float
    core_seconds: float
    threads: int
    memory: int
    device: str
    cores: int
    machine: str

    def __post_init__(self) -> None:
        if not min(self.units, self.seconds, self.core_seconds, self.threads, self.cores) > 0:
            raise ValueError(f"work without a rate: {self}")

    @property
    def rate(self) -> float:
        """Units a core-second; of a card, units a second."""
        return self.units / (self.core_seconds if self.device == "cpu" else self.seconds)

    @property
    def busy(self) -> float:
        """Share of the cores at hand that the work kept busy, above 0 and at most 1."""
        return min(1.0, self.core_seconds / (self.seconds * min(self.threads, self.cores)))


@contextmanager
def stopwatch(command: Sequence[str], file: Path = FILE) -> Iterator[None]:
    """Note how many seconds the block takes, unless it fails.

    Args:
        command: the stage's script and the values of its arguments.
        file: where durations are kept.
    """
    start = time.perf_counter()
    yield
    seconds = round(time.perf_counter() - start, 2)
    # A note for `lookalike doctor`: no stage fails because it cannot be kept.
    with suppress(FileFault):
        write_json(file, read_durations(file) | {stage_name(command): seconds})


def stage_name(command: Sequence[str]) -> str:
    """Return DVC's name of a stage: `stages/embed.py` of `sface` is `embed@sface`."""
    script, *arguments = command
    return "@".join([Path(script).stem, *arguments])


def read_durations(file: Path = FILE) -> dict[str, float]:
    """Return stage -> seconds; what cannot be read is not known."""
    try:
        return {str(stage): float(seconds) for stage, seconds in read_json(file).items()}
    except (LookalikeError, AttributeError, TypeError, ValueError):
        return {}


def clocks() -> tuple[float, float]:
    """Return the clock, and the processor time of this process and of its children that have ended, in seconds."""
    spent = (resource.getrusage(who) for who in _PROCESSES)
    return time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in spent)


def since(start: tuple[float, float]) -> tuple[float, float]:
    """Return the seconds and core-seconds that passed since `clocks` was asked."""
    now = clocks()
    return now[0] - start[0], now[1] - start[1]


def measured(
    units: float,
    seconds: float,
    core_seconds: float,
    *,
    threads: int | None = None,
    memory: int | None = None,
    device: str = "cpu",
) -> Work:
    """Return work that this machine did; for the arguments see `note_work`.

    Raises:
        ValueError: it has no rate, since nothing was done or no time passed.
    """
    threads, memory = threads or worker_count(), memory or _peak()
    return Work(units, seconds, core_seconds, threads, memory, device, len(os.sched_getaffinity(0)), _processor())


def note_work(
    kind: str,
    units: float,
    seconds: float,
    core_seconds: float,
    *,
    threads: int | None = None,
    memory: int | None = None,
    device: str = "cpu",
    file: Path = WORK_FILE,
) -> None:
    """Note what computing took on this machine, for `lookalike doctor --plan`; never fails a stage.

    Nothing computed leaves the last figure, and less than `ENOUGH` work leaves one of more.

    Args:
        kind: DVC's name of the stage whose work it is, such as `faces` or `embed@sface`, whoever did it.
        units: what was computed, without what was at hand: images, or products of a search.
        seconds: by the clock.
        core_seconds: processor time of all workers.
        threads: that worked side by side; by default LOOKALIKE_WORKERS.
        memory: bytes of the largest worker; by default the most that this process or an ended child has held.
        device: where it ran.
        file: where notes are kept.
    """
    known = read_work(file)
    with suppress(FileFault, ValueError):
        work = measured(units, seconds, core_seconds, threads=threads, memory=memory, device=device)
        chance = core_seconds < ENOUGH
        if not (chance and kind in known and known[kind].core_seconds >= ENOUGH):
            write_json(file, {name: asdict(one) for name, one in (known | {kind: work}).items()})


def read_work(file: Path = WORK_FILE) -> dict[str, Work]:
    """Return kind -> what it took the last time; what cannot be read is not known."""
    try:
        return {str(kind): Work(**fields) for kind, fields in read_json(file).items()}
    except (LookalikeError, AttributeError, TypeError, ValueError):
        return {}


def _peak() -> int:
    # Linux counts it in kilobytes.
    return 1024 * max(resource.getrusage(who).ru_maxrss for who in _PROCESSES)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
