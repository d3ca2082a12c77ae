"""Actors of a Ray cluster, or of a Ray that is started here for the time of the job, each with its models in memory.

RAY_ADDRESS names the cluster, as Ray reads it. Nothing is sent to its nodes but the job and the parts: each has this
program installed under the same path, and the project's folder too (a shared disk, or copies of it).
"""

import os
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray import exceptions as died
from ray.exceptions import RayTaskError, UnserializableException

from lookalike.engine.executors.base import Done, Job, Part
from lookalike.engine.executors.supervise import supervise
from lookalike.kit.errors import LookalikeError
from lookalike.kit.sources import PACKAGE
from lookalike.kit.workers import VARIABLE, worker_count

# Seconds that a cluster has to answer, and to find room for the first worker: it may have to start a machine.
_ANSWER, _ROOM = 10.0, 900.0
# Bytes that a Ray started here keeps for objects, which by default is a third of the memory; a part is a few names.
_OBJECTS = 100 * 2**20


class RayExecutor:
    """So many actors (0: as many as fit), each with LOOKALIKE_WORKERS threads (1) and a GPU where there are any."""

    here = False

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        """Do a job on every part; yield each as it is done, in order.

        Raises:
            LookalikeError: the cluster does not answer, or has no room for a worker.
        """
        if parts:
            threads = worker_count() if os.environ.get(VARIABLE) else 1
            with _connected(self.workers * threads):
                yield from supervise(_Actors(job, self.workers, threads), job, parts)


@contextmanager
def _connected(cpus: int) -> Iterator[None]:
    """Connect to the cluster of RAY_ADDRESS, or start Ray here with room for so many CPUs (0: what there are)."""
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = os.environ.get("RAY_ADDRESS", "") or "local"
    here = {"num_cpus": cpus or None, "object_store_memory": _OBJECTS} if address == "local" else {}
    try:
        _knock(address)
        ray.init(address, include_dashboard=False, logging_level="error", log_to_driver=False, **here)
    except (OSError, RuntimeError, ValueError) as error:
        raise LookalikeError(f"RAY_ADDRESS={address}: {error}; see that Ray runs there (`ray status`)") from error
    try:
        yield
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Ray itself tries for minutes where nobody listens, and then ends the program."""
    if named := re.fullmatch(r"(.+):(\d+)", address.removeprefix("ray://")):
        socket.create_connection((named[1].strip("[]"), int(named[2])), timeout=_ANSWER).close()


class _Actors:
    """The workers of a job; by which signal one died, Ray does not say."""

    def __init__(self, job: Job, workers: int, threads: int) -> None:
        resources = ray.cluster_resources()
        gpus = min(1, int(resources.get("GPU", 0)))
        self.limit = workers or max(1, int(resources["GPU"] if gpus else resources.get("CPU", 0) // threads))
        asked = {"num_cpus": threads, "num_gpus": gpus, "runtime_env": {"env_vars": _environment(threads)}}
        self._job, self._asked = job, f"{threads} CPUs" + " and a GPU" * gpus
        self._actor = ray.remote(_Actor).options(scheduling_strategy="SPREAD", **asked)
        # By number: an error keeps what it passed through, and a handle is not to outlive its Ray.
        self._actors: dict[int, Any] = {}
        self._awaited: dict[Any, tuple[int, bool]] = {}  # and whether that is a part
        self._started = 0

    def start(self) -> int:
        self._started += 1
        self._actors[self._started] = self._actor.remote()
        told = self._actors[self._started].start.remote(self._job, str(Path.cwd()))
        self._awaited[told] = self._started, False
        return self._started

    def give(self, worker: int, part: Part) -> None:
        self._awaited[self._actors[worker].do.remote(part)] = worker, True

    def ended(self) -> Iterator[tuple[int, str | None]]:
        known = list(self._awaited)
        while not ray.wait(known, timeout=_ROOM)[0]:
            if not any(works for _, works in self._awaited.values()):
                told = f"no room for a worker in {_ROOM:.0f} s, each with {self._asked}"
                raise LookalikeError(f"the Ray cluster found {told}; see `ray status`, or set LOOKALIKE_WORKERS lower")
        for reference in ray.wait(known, num_returns=len(known), timeout=0)[0]:
            worker, works = self._awaited.pop(reference)
            if (how := _end_of(reference)) is not None:
                ray.kill(self._actors.pop(worker))  # Where only its node does not answer, it may live on.
            # What Ray says differs from death to death; the reason why an image is set aside may not.
            yield worker, "" if how and works else how

    def close(self) -> None:
        for actor in self._actors.values():
            ray.kill(actor)
        self._actors.clear()
        self._awaited.clear()


class _Actor:
    """A worker where it is."""

    def start(self, job: Job, folder: str) -> None:
        os.chdir(folder)
        self._do: Callable[[Part], None] = job.start()

    def do(self, part: Part) -> None:
        self._do(part)


def _environment(threads: int) -> dict[str, str]:
    """Return what every worker finds in its environment: what is set here for this program, and where its code is."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("LOOKALIKE_")}
    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    return ours | {VARIABLE: str(threads), "PYTHONPATH": path}


def _end_of(reference: Any) -> str | None:
    """Return what Ray says of a worker that died on what it was told, None if it is done; raise what the job raised."""
    try:
        ray.get(reference)
    except RayTaskError as error:
        if not isinstance(error.cause, LookalikeError):
            error.cause.add_note(f"In a worker:\n{error}")
        raise error.cause from None
    except UnserializableException as error:
        raise RuntimeError(str(error)) from None
    except (died.RayActorError, died.NodeDiedError, died.WorkerCrashedError, died.OutOfMemoryError) as error:
        return " ".join(str(error).split())
    return None
