"""A command, watched: how it ended, how long it took, and the memory of all of its processes together."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 1800.0


@dataclass(frozen=True)
class Outcome:
    """What a command did.

    Attributes:
        name: of the step.
        code: its exit code.
        wall: seconds.
        cpu: seconds, of all of its processes that ended.
        peak: bytes of memory, the largest sum over its processes at one time.
        crashed: it ended by a signal, with a traceback, or with a failure that was not expected.
        hangs: answers that took too long.
        note: its last words, where something is wrong.
    """

    name: str
    code: int
    wall: float
    cpu: float
    peak: int
    crashed: bool
    hangs: int = 0
    note: str = ""


def lookalike(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from lookalike.cli import app; app()", *arguments]


def environment(root: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONPATH": str(root / "src"), "HF_HUB_OFFLINE": "1"}


def watch(name: str, command: Sequence[str], root: Path, refusal: bool = False) -> Outcome:
    """Run a command in a project to its end.

    Args:
        name: of the step.
        command: program and arguments.
        root: the project.
        refusal: whether exit code 1, with a sentence, is well.
    """
    start, before, peak = time.monotonic(), os.times(), 0
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=root, env=environment(root), stdout=log, stderr=subprocess.STDOUT)
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid))
            if time.monotonic() - start > LIMIT_SECONDS:
                process.kill()
            time.sleep(0.1)
        log.seek(0)
        text = log.read().decode("utf-8", "replace").strip()
    after, code = os.times(), process.returncode
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    crashed = "Traceback" in text or code not in ((0, 1) if refusal else (0,))
    note = text.splitlines()[-1][:160] if (code or crashed) and text else ""
    return Outcome(name, code, time.monotonic() - start, cpu, peak, crashed, note=note)


def memory_of(pid: int) -> int:
    """Return the bytes that a process and all below it hold in memory; what several share counts once."""
    total = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in family:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total
