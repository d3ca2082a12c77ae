"""A program that does a job, to be stopped: python -m tests.engine.executors.program FOLDER COUNT SIZE WHAT."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from lookalike.engine.executors.base import chosen
from lookalike.kit.entry import entry_point
from tests.engine.executors.jobs import Files, plain, until


@entry_point
def main(folder: str, count: str, size: str, what: str) -> None:
    for done in chosen().run(Files(folder), plain(int(count), int(size), what)):
        print(done.part.number, flush=True)


def _hear() -> None:
    """Hear what a shell lets commands in the background ignore: Ctrl-C, and under nohup the end of the terminal."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def begun(folder: Path, executor: str, address: str = "") -> "subprocess.Popen[str]":
    """Return the program, begun as by a terminal, once two workers are at work for long."""
    given = {"LOOKALIKE_EXECUTOR": executor, "PYTHONPATH": os.pathsep.join(sys.path), "RAY_ADDRESS": address}
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.executors.program", str(folder), "2", "1", "sleep600"],
        env=os.environ | given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hear,
    )
    until(lambda: (folder / "log").exists() and len((folder / "log").read_text().splitlines()) == 2, 60)
    return program


if __name__ == "__main__":
    main(*sys.argv[1:])
