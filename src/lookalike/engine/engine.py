"""What is not known yet is computed: by an executor, in parts whose shards are what is kept of a run that is killed."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from lookalike.engine.executors.base import Executor, Job, Part
from lookalike.engine.rows import from_hex
from lookalike.engine.store import Missing
from lookalike.kit.durations import clocks, note_work, since
from lookalike.kit.progress import track

Value = TypeVar("Value")
# Images of a part: few enough that a worker's death costs little and that several share a small dataset, many enough
# that a million images make no more than two thousand shards.
LEAST, MOST, PARTS = 32, 512, 16


@dataclass(frozen=True)
class Images:
    """Images of a folder.

    Attributes:
        folder: that holds them.
        image_id: (n,) paths below it.
        sha256: (n,) of their bytes, in hex.
    """

    folder: Path
    image_id: np.ndarray
    sha256: np.ndarray

    @cached_property
    def digest(self) -> np.ndarray:
        """(n,) `rows.DIGEST` of their bytes."""
        return from_hex(self.sha256)

    def distinct(self, picked: np.ndarray) -> list[tuple[str, str]]:
        """Return (SHA-256 in hex, path) of those that a mask (n,) picks, the first of several with the same bytes."""
        rows = np.flatnonzero(picked)
        _, first = np.unique(self.digest[rows], return_index=True)
        rows = rows[np.sort(first)]
        return list(zip(map(str, self.sha256[rows]), map(str, self.image_id[rows]), strict=True))


def complete(
    job: Job,
    images: Callable[[], Sequence[tuple[str, str]]],
    read: Callable[[], Value],
    executor: Executor,
    description: str,
    kind: str = "",
    device: str = "cpu",
) -> Value:
    """Compute what is missing, and return what `read` then finds.

    A shard that turns out to be damaged when it is read is set aside, and its rows are computed like those of any
    other image.

    Args:
        job: what computes and writes shards.
        images: returns (SHA-256 in hex, path) of the images that lack something, in catalogue order.
        read: gathers what is known of all images; raises `Missing` while something is not.
        executor: does the job.
        description: a few words for the progress, such as `finding faces`.
        kind: what the work is noted as, for `lookalike doctor`; none is not noted.
        device: where networks run.
    """
    while True:
        waiting, start = images(), clocks()
        for _ in track(_done(job, waiting, executor), description, len(waiting)):
            pass
        if kind and executor.here:
            note_work(kind, len(waiting), *since(start), device=device)
        try:
            return read()
        except Missing:
            if not images():
                raise


def parts_of(images: Sequence[tuple[str, str]]) -> list[Part]:
    """Return images in parts, in their order."""
    size = min(max(len(images) // PARTS, LEAST), MOST)
    starts = range(0, len(images), size)
    return [Part(number, tuple(images[start : start + size])) for number, start in enumerate(starts)]


def _done(job: Job, images: Sequence[tuple[str, str]], executor: Executor) -> Iterator[tuple[str, str]]:
    """Do a job and yield each image as its part is done; what was set aside is told."""
    if not images:
        return
    path_of = dict(images)
    for done in executor.run(job, parts_of(images)):
        for sha256, reason in done.refused.items():
            print(f"lookalike: {path_of[sha256]}: set aside: {reason}", file=sys.stderr)
        yield from done.part.images
