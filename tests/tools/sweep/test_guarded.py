"""Experiments end with the sweep that started them, however that ends.

Slow, since it is about processes: a program, the DVC it started, and what that started.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lookalike.tools.sweep import guarded

pytestmark = pytest.mark.slow
PATIENCE = 20.0  # seconds

# In place of DVC: it starts a stage that works for long, and says who both are.
DVC = """
import os, pathlib, subprocess, sys
def main(words):
    if words == ["end"]:
        return 7
    stage = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pathlib.Path(words[0]).write_text(f"{os.getpid()} {stage.pid}\\n")
    return stage.wait()
"""
# In place of the sweep: it starts the experiment and waits.
SWEEP = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
child.wait()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "dvc").mkdir()
    (tmp_path / "dvc/__init__.py").touch()
    (tmp_path / "dvc/cli.py").write_text(DVC)
    return os.environ | {"PYTHONPATH": str(tmp_path)}


def command(*words: str) -> list[str]:
    return [sys.executable, "-P", guarded.__file__, *words]


def await_pids(file: Path) -> list[int]:
    deadline = time.monotonic() + PATIENCE
    while not (file.exists() and file.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return [int(word) for word in file.read_text().split()]


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def await_end(pids: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline, pids
        time.sleep(0.05)


def test_closing_the_pipe_ends_dvc_and_its_stage(tmp_path: Path, environment: dict[str, str]) -> None:
    pids = tmp_path / "pids"
    child = subprocess.Popen(command(str(pids)), env=environment, stdin=subprocess.PIPE)
    running = await_pids(pids)
    assert all(map(is_running, running)) and child.stdin is not None
    child.stdin.close()
    assert child.wait(PATIENCE) == -signal.SIGKILL
    await_end(running)


def test_a_killed_sweep_leaves_nothing_running(tmp_path: Path, environment: dict[str, str]) -> None:
    pids = tmp_path / "pids"
    sweep = subprocess.Popen([sys.executable, "-c", SWEEP, *command(str(pids))], env=environment)
    running = await_pids(pids)
    sweep.kill()
    sweep.wait()
    await_end(running)


def test_the_exit_status_is_dvcs(environment: dict[str, str]) -> None:
    child = subprocess.Popen(command("end"), env=environment, stdin=subprocess.PIPE)
    assert child.wait(PATIENCE) == 7
