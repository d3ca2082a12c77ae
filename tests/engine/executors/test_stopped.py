"""A program that ends, however it ends, takes its workers with it."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.engine.executors.installed import need_ray
from tests.engine.executors.jobs import starts
from tests.engine.executors.program import begun

INTERRUPTED = "lookalike: interrupted; what is finished is kept\n"


def test_ctrl_c_ends_all_at_once_and_says_so_once(tmp_path: Path) -> None:
    program = begun(tmp_path, "local:2")
    workers = psutil.Process(program.pid).children(recursive=True)
    assert {one.pid for one in workers} == set(starts(tmp_path))
    # A worker that still starts, and ignores nothing yet, does not hear the terminal either.
    assert program.pid not in {os.getpgid(one.pid) for one in workers}
    os.killpg(program.pid, signal.SIGINT)
    assert program.communicate(timeout=60) == ("", INTERRUPTED)
    assert program.returncode == 130
    assert not any(one.is_running() for one in workers)


@pytest.mark.slow  # starts Ray
def test_ctrl_c_ends_a_ray_that_was_started_here(tmp_path: Path) -> None:
    need_ray()
    program = begun(tmp_path, "ray:2")
    descendants = psutil.Process(program.pid).children(recursive=True)
    assert set(starts(tmp_path)) < {one.pid for one in descendants}
    os.killpg(program.pid, signal.SIGINT)
    assert program.communicate(timeout=60) == ("", INTERRUPTED)
    assert program.returncode == 130
    assert psutil.wait_procs(descendants, timeout=60)[1] == []


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_program_that_is_killed_leaves_no_worker(tmp_path: Path, end: signal.Signals) -> None:
    program = begun(tmp_path, "local:2")
    workers = psutil.Process(program.pid).children(recursive=True)
    assert len(workers) == 2
    program.send_signal(end)
    program.communicate(timeout=60)
    assert psutil.wait_procs(workers, timeout=60)[1] == []
