"""Keeps workers of any kind busy until a job is done, and puts new ones in the place of those that die."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from lookalike.engine.executors.base import Done, Job, Part
from lookalike.engine.executors.schedule import Schedule, Try
from lookalike.kit.errors import LookalikeError

# Workers in a row that die before they are ready, or all of them twice over where they are more, since a machine may be
# lost with many: then it is the job.
_STARTS = 5
Worker = TypeVar("Worker")


class Workers(Protocol[Worker]):
    """A kind of worker: how one is started, given a part, and heard.

    Attributes:
        limit: the most that are alive at a time.
    """

    limit: int

    def start(self) -> Worker:
        """Start one more worker, which loads what the job needs; `ended` says when it is ready."""
        ...

    def give(self, worker: Worker, part: Part) -> None:
        """Give a part to a worker that has nothing to do; if it died unseen, `ended` says so."""
        ...

    def ended(self) -> Iterable[tuple[Worker, str | None]]:
        """Wait until workers are ready, done or dead.

        Returns:
            Each that is, and how it died (`signal 11`, or nothing where that is not known); None for the living.

        Raises:
            Exception: what the job raised in a worker.
        """
        ...

    def close(self) -> None:
        """End all workers at once."""
        ...


def supervise(workers: Workers[Worker], job: Job, parts: Sequence[Part]) -> Iterator[Done]:
    """Do a job on every part with workers that may die; yield each as it is done, in order.

    Raises:
        LookalikeError: workers die as they start, or on each image.
        Exception: what the job raised, unchanged.
    """
    schedule = Schedule(parts)
    supervisor = _Supervisor(workers, schedule)
    try:
        while schedule.open:
            supervisor.employ()
            supervisor.hear()
            for done in schedule.finished():
                for image in done.part.images:
                    if image[0] in done.refused:
                        job.set_aside(Part(done.part.number, (image,)), done.refused[image[0]])
                yield done
    finally:
        workers.close()


class _Supervisor(Generic[Worker]):
    """Who has what to do; a worker that is starting has None."""

    def __init__(self, workers: Workers[Worker], schedule: Schedule) -> None:
        self._workers, self._schedule = workers, schedule
        self._busy: dict[Worker, Try | None] = {}
        self._idle: list[Worker] = []
        self._stillborn = 0

    def employ(self) -> None:
        """Give parts to idle workers, and start as many workers as can have something to do."""
        while self._idle and (trial := self._schedule.take()):
            worker = self._idle.pop()
            self._busy[worker] = trial
            self._workers.give(worker, trial.part)
        while len(self._busy) + len(self._idle) < min(self._workers.limit, self._schedule.open):
            self._busy[self._workers.start()] = None

    def hear(self) -> None:
        """Note what has become of workers."""
        for worker, how in self._workers.ended():
            if worker in self._idle:
                self._idle.remove(worker)
            elif how is None:
                self._lives(worker)
            else:
                self._died(self._busy.pop(worker), how)

    def _lives(self, worker: Worker) -> None:
        trial = self._busy.pop(worker)
        if trial:
            self._schedule.done(trial)
        self._idle.append(worker)
        self._stillborn = 0

    def _died(self, trial: Try | None, how: str) -> None:
        if trial:
            self._schedule.died(trial, how)
            return
        self._stillborn += 1
        if self._stillborn >= max(_STARTS, 2 * self._workers.limit):
            told = f" ({how})" if how else ""
            raise LookalikeError(f"{self._stillborn} workers in a row died{told} while they loaded what the job needs")
