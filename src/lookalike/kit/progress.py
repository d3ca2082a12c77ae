"""Progress on a terminal; silence in a pipe or in CI."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

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
