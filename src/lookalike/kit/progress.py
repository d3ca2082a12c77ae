"""Progress on a terminal; silence in a pipe or in CI. Of training also in a file, for a program that watches it."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

Item = TypeVar("Item")

# Names the file that epochs are noted in; no result depends on it.
EPOCHS_VARIABLE = "LOOKALIKE_EPOCHS"


class Epoch(NamedTuple):
    """What a training was worth after an epoch.

    Attributes:
        fold: which of the trainings of one stage, from 1.
        number: of the epoch, from 1.
        points: on the identities that are held out, of 1000.
        map: mean average precision on them, 0..1.
    """

    fold: int
    number: int
    points: float
    map: float


def note_epoch(epoch: Epoch) -> None:
    """Append an epoch to the file that LOOKALIKE_EPOCHS names, one JSON array a line; without it, do nothing."""
    if file := os.environ.get(EPOCHS_VARIABLE):
        with Path(file).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(epoch) + "\n")


def read_epochs(file: Path) -> list[Epoch]:
    """Return what was noted so far, each fold's epoch once, in order; a line that is still being written waits."""
    found: dict[tuple[int, int], Epoch] = {}
    with suppress(FileNotFoundError):
        for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                epoch = Epoch(*json.loads(line))
                found[epoch.fold, epoch.number] = epoch
    return [found[key] for key in sorted(found)]


def track(iterable: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """Yield the items of `iterable`, showing count, rate and time left on the terminal behind stderr.

    Args:
        iterable: what to go through; consumed lazily.
        description: a few words, such as `decoding images`.
        total: how many items there are; by default `len(iterable)` where it has one.
    """
    console = Console(stderr=True)
    with Progress(*_columns(), console=console, disable=not console.is_terminal) as progress:
        yield from progress.track(iterable, total=total, description=description)


@contextmanager
def track_bytes(description: str, done: int, total: int) -> Iterator[Callable[[int], None]]:
    """Yield what is told of each further bytes of a file, showing size, rate and time left as `track` does.

    Args:
        description: the file.
        done: bytes of it that are here already.
        total: all of its bytes; not above `done` where that is not known.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=total if total > done else None, completed=done)
        yield lambda more: progress.advance(task, more)


def _columns() -> tuple[ProgressColumn, ...]:
    text = TextColumn("{task.description}")
    return text, BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn()


class _Rate(ProgressColumn):
    """Items a second, since the start."""

    def render(self, task: Task) -> Text:
        """Return the rate, or nothing before the first item is done."""
        if not task.completed or not task.elapsed:
            return Text("")
        return Text(f"{task.completed / task.elapsed:.1f}/s")
