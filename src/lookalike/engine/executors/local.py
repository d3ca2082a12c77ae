"""Processes of this machine. This process loads no network for them; each loads what the job needs, once.

They are started anew and not forked: OpenVINO's and torch's threads do not survive a fork. A worker that loses its
program, however that ended, ends too.
"""

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from multiprocessing.connection import Connection, Pipe, wait
from queue import SimpleQueue
from types import TracebackType
from typing import cast

from lookalike.engine.executors.base import Done, Job, Part
from lookalike.engine.executors.supervise import supervise
from lookalike.kit.errors import LookalikeError
from lookalike.kit.images.noise import keep_own_stderr
from lookalike.kit.workers import VARIABLE, worker_count

_START = "import sys; sys.path[:] = {path!r}; from lookalike.engine.executors.local import work; work({descriptor})"


class LocalExecutor:
    """So many processes, which share the cores out unless LOOKALIKE_WORKERS says how many threads each has."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        """Do a job on every part; yield each as it is done, in order."""
        return supervise(_Processes(job, max(1, min(self.workers, len(parts)))), job, parts)


class _Process:
    """A worker as its program sees it."""

    def __init__(self, threads: int) -> None:
        self.pipe, other = Pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path, descriptor=other.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=(other.fileno(),),
            env=os.environ | {VARIABLE: str(threads)},
            # What a terminal sends to a program at Ctrl-C is for the program alone, which ends its workers.
            start_new_session=True,
        )
        other.close()

    def send(self, message: Job | Part) -> None:
        # One that is dead is found so when it is heard.
        with contextlib.suppress(OSError):
            self.pipe.send(message)

    def heard(self) -> str | None:
        """Return how the process died, None if it did what it was told; raise what the job raised."""
        try:
            error = self.pipe.recv()
        except (EOFError, OSError):
            self.end()
            status = self.process.returncode
            return f"signal {-status}" if status < 0 else f"exit code {status}"
        if error is not None:
            raise error
        return None

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.wait()


class _Processes:
    """The workers of a job."""

    def __init__(self, job: Job, limit: int) -> None:
        self.limit = limit
        self._job, self._alive = job, dict[Connection, _Process]()
        self._threads = worker_count() if os.environ.get(VARIABLE) else max(1, worker_count() // limit)

    def start(self) -> _Process:
        worker = _Process(self._threads)
        self._alive[worker.pipe] = worker
        worker.send(self._job)
        return worker

    def give(self, worker: _Process, part: Part) -> None:
        worker.send(part)

    def ended(self) -> Iterator[tuple[_Process, str | None]]:
        for pipe in cast(list[Connection], wait(list(self._alive))):
            worker = self._alive[pipe]
            how = worker.heard()
            if how is not None:
                del self._alive[pipe]
            yield worker, how

    def close(self) -> None:
        for worker in self._alive.values():
            worker.end()


def work(descriptor: int) -> None:
    """Be a worker: take a job, then parts of it, from a pipe, and say when each is done. Ends with the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_own_stderr()
    pipe, told = Connection(descriptor), SimpleQueue[bytes]()
    # An error is the last thing that a worker has to say.
    sys.excepthook = partial(_tell, pipe)
    threading.Thread(target=_listen, args=(pipe, told), daemon=True).start()
    do: Callable[[Part], None] = pickle.loads(told.get()).start()
    while True:
        pipe.send(None)
        do(pickle.loads(told.get()))


def _listen(pipe: Connection, told: "SimpleQueue[bytes]") -> None:
    # While the work goes on too: a worker is to end with its program.
    with contextlib.suppress(EOFError, OSError):
        while True:
            told.put(pipe.recv_bytes())
    os._exit(1)


def _tell(pipe: Connection, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not isinstance(error, LookalikeError):
        error.add_note("In a worker:\n" + "".join(traceback.format_exception(kind, error, trace)).rstrip())
    told = error if _travels(error) else RuntimeError("".join(traceback.format_exception_only(error)).rstrip())
    with contextlib.suppress(OSError):
        pipe.send(told)


def _travels(error: BaseException) -> bool:
    """Tell whether an error arrives as what it is; one that takes other arguments than it passes on does not."""
    try:
        arrived = pickle.loads(pickle.dumps(error))
    except (pickle.PickleError, TypeError, AttributeError, ValueError, ImportError):
        return False
    return type(arrived) is type(error) and str(arrived) == str(error)
