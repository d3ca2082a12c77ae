"""What an executor is: it does a job on parts of a dataset and yields each as it is done, in catalogue order.

Which one does it comes from the environment and not from params, since it cannot change what is written.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from lookalike.kit.errors import LookalikeError

VARIABLE = "LOOKALIKE_EXECUTOR"
_KNOWN = re.compile(r"(?P<kind>inline|local|ray)|(?P<many>local|ray):(?P<workers>[1-9][0-9]{0,5})")


@dataclass(frozen=True)
class Part:
    """A few images that one worker does at a time: what is lost when it dies.

    Attributes:
        number: place among the parts of the job, in catalogue order; half a part keeps the number of the whole.
        images: (SHA-256 in hex, path relative to the job's folder) of each image, at least one.

    Raises:
        ValueError: there is no image.
    """

    number: int
    images: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not self.images:
            raise ValueError(f"part {self.number} has no image")


class Job(Protocol):
    """Work that any process can start: picklable, small; models are named, not carried."""

    def start(self) -> Callable[[Part], None]:
        """Load what the work needs, in the worker's process.

        Returns:
            What does one part and writes its shards. It may be given a part, or half of one, whose shards are there:
            whoever did it before died before it could say so.
        """
        ...

    def set_aside(self, part: Part, reason: str) -> None:
        """Write the shard that says why the one image of a part is left out; in the process that runs the job."""
        ...


@dataclass(frozen=True)
class Done:
    """A part whose shards are written.

    Attributes:
        part: as it was given.
        refused: SHA-256 in hex -> reason, of its images that are set aside.
    """

    part: Part
    refused: dict[str, str]


class Executor(Protocol):
    """Something that does jobs."""

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        """Do a job on every part; yield each as it is done, in the order of `parts`, whatever order they end in.

        A worker that dies loses nothing: see `executors.supervise`. Whoever stops iterating ends the workers.

        Raises:
            LookalikeError: workers die whatever they are given, or none can be had.
            Exception: what the job raised, unchanged.
        """
        ...


class InlineExecutor:
    """This process, unsupervised: an image that kills its worker kills it."""

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        """Do a job on every part, one after the other; the job is not started where there is none."""
        if not parts:
            return
        do = job.start()
        for part in parts:
            do(part)
            yield Done(part, {})


def chosen() -> Executor:
    """Return the executor that LOOKALIKE_EXECUTOR names: `inline`, `local`, `local:4`, `ray` or `ray:6`.

    By default that is `local`, one process with all threads.

    Raises:
        LookalikeError: the variable names none, or Ray is not installed.
    """
    value = os.environ.get(VARIABLE, "") or "local"
    named = _KNOWN.fullmatch(value)
    if named is None:
        raise LookalikeError(f"{VARIABLE}={value}: expected inline, local, local:4, ray or ray:6, with any number")
    kind, workers = named["kind"] or named["many"], int(named["workers"] or 0)
    # Imported here: `local` and `ray` import this file, and Ray takes a third of a second and may be missing.
    if kind == "ray":
        return _ray(workers)
    if kind == "local":
        from lookalike.engine.executors.local import LocalExecutor

        return LocalExecutor(workers or 1)
    return InlineExecutor()


def _ray(workers: int) -> Executor:
    if find_spec("ray") is None:
        raise LookalikeError(f"{VARIABLE}: Ray is not installed; run `make setup EXTRAS=ray`, or take local:4")
    from lookalike.engine.executors.ray import RayExecutor

    return RayExecutor(workers)
