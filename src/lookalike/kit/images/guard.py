"""Decoders kept where they can be stopped: images of strangers are first decoded in processes with limits.

A decoder that crashes, hangs or swells ends its process, not the program; the file gets a reason, and the next one a
new process. `kit.images.look` is what runs in them.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Lock

from lookalike.kit.images.look import Look, heard
from lookalike.kit.workers import worker_count

# A file that takes no CPU time either, such as one on a disk that does not answer.
WALL_SECONDS = 300.0
# Files that are sent to a process at a time: waiting for each reply alone takes a tenth of the decoding.
_BATCH = 32
_START = "import sys; sys.path[:] = {path!r}; from lookalike.kit.images.look import main; main()"
_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Guard:
    """Processes that look at image files, started as they are needed and used again."""

    def __init__(self) -> None:
        self._idle: list[_Process] = []
        self._lock = Lock()
        self._large = os.memfd_create("large image")

    def look(self, path: Path, unwanted: Callable[[], bool] = lambda: False) -> Look:
        """Look at one file.

        Args:
            path: the file.
            unwanted: asked ten times a second; once it is true, the process is ended and the status is `unwanted`.
        """
        return next(self._look([path], unwanted))

    def look_all(self, paths: Sequence[Path]) -> Iterator[Look]:
        """Look at files side by side; what was seen comes in the order of `paths`, whatever the number of workers."""
        workers = worker_count()
        step = min(_BATCH, -(-len(paths) // workers)) or 1
        batches = [paths[start : start + step] for start in range(0, len(paths), step)]
        with ThreadPoolExecutor(workers) as pool:
            for looks in pool.map(lambda batch: list(self._look(batch, lambda: False)), batches):
                yield from looks

    def close(self) -> None:
        """End the processes that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def _look(self, paths: Sequence[Path], unwanted: Callable[[], bool]) -> Iterator[Look]:
        while paths:
            with self._lock:
                process = self._idle.pop() if self._idle else None
            process = process or _Process(self._large)
            looks = process.look(paths, unwanted)
            if process.alive:
                self._rest(process)
            yield from looks
            paths = paths[len(looks) :]

    def _rest(self, process: "_Process") -> None:
        """Keep a process for the next file, unless enough others rest: each holds some 60 MB."""
        with self._lock:
            enough = len(self._idle) >= worker_count()
            if not enough:
                self._idle.append(process)
        if enough:
            process.end()


class _Process:
    """One of the guard's processes."""

    def __init__(self, large: int) -> None:
        self._replies, self._noise = os.memfd_create("replies"), os.memfd_create("noise")
        command = [sys.executable, "-c", _START.format(path=sys.path), *map(str, (self._replies, self._noise, large))]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._noise,
            pass_fds=(self._replies, self._noise, large),
            env=os.environ | _THREADS,
        )
        assert self._process.stdin and self._process.stdout, "both are pipes"
        self._paths, self._done = self._process.stdin, self._process.stdout
        self.alive = True

    def look(self, paths: Sequence[Path], unwanted: Callable[[], bool]) -> list[Look]:
        """Return what was seen in files; where the process ended at one of them, that is the last, and says why."""
        # The process stays where it was started, wherever this program goes.
        names = [os.fsencode(path.absolute()).decode("utf-8", "surrogateescape") for path in paths]
        with contextlib.suppress(BrokenPipeError):
            self._paths.write(json.dumps(names).encode() + b"\n")
            self._paths.flush()
        reason = self._wait(unwanted)
        looks = [Look(**json.loads(line)) for line in self._written().splitlines(keepends=True) if line[-1:] == b"\n"]
        return looks if self.alive else [*looks, self._ended(reason)]

    def end(self) -> None:
        """End the process, which has nothing to do."""
        self._ended("unwanted")

    def _wait(self, unwanted: Callable[[], bool]) -> str:
        """Wait until the process is done; if it ends or is to end instead, return why, where that is known."""
        end, written = time.monotonic() + WALL_SECONDS, 0
        while not select.select([self._done], [], [], 0.1)[0]:
            if written != os.fstat(self._replies).st_size:
                end, written = time.monotonic() + WALL_SECONDS, os.fstat(self._replies).st_size
            if unwanted() or time.monotonic() > end:
                self.alive = False
                return "unwanted" if unwanted() else "too slow"
        self.alive = bool(os.read(self._done.fileno(), 1))
        return ""

    def _written(self) -> bytes:
        return os.pread(self._replies, os.fstat(self._replies).st_size, 0)

    def _ended(self, reason: str) -> Look:
        """End the process; without a reason, its own end gives one."""
        self.alive = False
        if reason:
            self._process.kill()
        signalled = -self._process.wait()
        said = heard(self._noise).splitlines() or [""]
        # Of an error in Python the last line says what it was.
        noise = said[-1] if said[0].startswith("Traceback") else said[0]
        for pipe in (self._paths, self._done):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        for file in (self._replies, self._noise):
            os.close(file)
        return Look(reason or ("too slow" if signalled == signal.SIGXCPU else "crashes the decoder"), noise=noise)


@cache
def guard() -> Guard:
    """Return this program's guard."""
    return Guard()
