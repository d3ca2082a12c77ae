"""Crash tests as SQLite has them: every stage, and `index`, stopped at every write, rename and flush of its files.

A first, clean run under strace counts the calls by which a stage changes the project. Then the stage is run again from
the same state, once for each of these calls and each fault: killed there (SIGKILL), told that the disk is full
(ENOSPC), told that it failed (EIO). After each, every output must be as it was before or as the clean run left it; a
rerun must end in the clean run's bytes and leave no temporary file; and a stage that was told must have said so in one
sentence.

Run: python -m benchmarks.crash [--stage STAGE ...] [--points N]    (without N all of them: an hour; strace is needed)
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crash_project import COMMANDS, PREPARED, bytes_of_outputs, make_project, take_pictures
from lookalike.kit.files import SETTLED_NS

# Whatever changes a file or a folder; `msync` flushes a mapped one.
FILES = ("write", "pwrite64", "writev", "pwritev", "rename", "renameat", "renameat2", "fsync", "fdatasync", "msync")
COPIED = ("sendfile", "copy_file_range")
ROOM = ("ftruncate", "fallocate", "mkdir", "mkdirat")
# What cannot run out of room.
GONE = ("unlink", "unlinkat", "rmdir")
CALLS = FILES + COPIED + ROOM + GONE
FAULTS = {"SIGKILL": "signal=SIGKILL", "ENOSPC": "error=ENOSPC", "EIO": "error=EIO"}
_LINE = re.compile(r"^(?P<process>\d+) +(?P<call>\w+)\((?P<rest>.*)$")


@dataclass(frozen=True)
class Point:
    """The `number`-th time that a stage's process makes a call, and what happens there."""

    stage: str
    call: str
    number: int
    fault: str


@dataclass(frozen=True)
class Verdict:
    """What a fault led to: '' where all is well."""

    point: Point
    wrong: str


class Harness:
    """A finished tiny project, the state before each of its stages, and a place to spoil copies of them."""

    def __init__(self, home: Path, last: str = "index", faces: bool = True) -> None:
        """Run the stages once, keeping the state before each.

        Args:
            home: an empty folder.
            last: the stage after which none is run.
            faces: whether faces are looked for, which takes seconds each time.
        """
        self.home, self.work = home, home / "work"
        make_project(self.work, faces)
        for name, command in COMMANDS.items():
            if (home / "after" / last).exists():
                break
            if name in PREPARED:
                self._well(PREPARED[name])
            if name == "index":
                take_pictures(self.work, home / "pictures")
                time.sleep(SETTLED_NS / 1e9)
            shutil.copytree(self.work, home / "before" / name)
            self._well(command)
            shutil.copytree(self.work, home / "after" / name)

    def points(self, stage: str) -> list[Point]:
        """Return every place at which a clean run of a stage can be stopped."""
        if stage != "embed":
            self._restore(stage)
            self._well(COMMANDS[stage])  # The user's cache knows its networks from here on.
        self._restore(stage)
        log = self.home / "clean.log"
        self._well(COMMANDS[stage], ["-y", "-o", str(log)])
        counted = self._changes(log.read_text(errors="replace"))
        return [
            Point(stage, call, number, fault)
            for call, number in counted
            for fault in FAULTS
            if fault != "ENOSPC" or call not in GONE
        ]

    def try_point(self, point: Point) -> Verdict:
        """Stop a stage at a point, run it again, and compare."""
        self._restore(point.stage)
        before, after = (bytes_of_outputs(self.home / side / point.stage) for side in ("before", "after"))
        inject = f"inject={point.call}:{FAULTS[point.fault]}:when={point.number}"
        stopped = self._run(COMMANDS[point.stage], ["-o", "/dev/null", "-e", inject])
        now = bytes_of_outputs(self.work)
        torn = [name for name, data in now.items() if data not in (before.get(name), after.get(name))]
        if torn:
            return Verdict(point, f"half written: {torn}")
        if stopped.returncode == 0 and (point.fault == "SIGKILL" or now != after):
            return Verdict(point, "it was not stopped, or ended well without its outputs")
        if point.fault != "SIGKILL" and (wrong := _badly_told(stopped)):
            return Verdict(point, wrong)
        again = self._run(COMMANDS[point.stage])
        if again.returncode != 0:
            return Verdict(point, f"the rerun fails: {again.stderr[-300:]}")
        if bytes_of_outputs(self.work) != after:
            return Verdict(point, "the rerun ends in other bytes")
        left = [*self.work.rglob(".lookalike-*.tmp"), *(self.home / "cache").rglob(".lookalike-*.tmp")]
        return Verdict(point, f"left behind: {left}" if left else "")

    def _restore(self, stage: str) -> None:
        shutil.rmtree(self.work)
        shutil.copytree(self.home / "before" / stage, self.work)
        if stage == "embed":
            # Networks are converted anew; other stages find them, so that only what they write themselves is counted.
            shutil.rmtree(self.home / "cache")

    def _well(self, command: Sequence[str], strace: Sequence[str] = ()) -> None:
        result = self._run(command, strace)
        assert result.returncode == 0, f"{command}: {result.stderr}"

    def _run(self, command: Sequence[str], strace: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {
            "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "LOOKALIKE_WORKERS": "1",
            "OMP_NUM_THREADS": "1",
            "XDG_CACHE_HOME": str(self.home / "cache"),
        }
        # With --seccomp-bpf, which spares all other calls, strace sends no signals.
        quick = [] if any("signal=" in part for part in strace) else ["--seccomp-bpf"]
        traced = ["strace", "-f", *quick, "-qq", "-e", f"trace={','.join(CALLS)}", *strace] if strace else []
        return subprocess.run(
            [*traced, sys.executable, *command], cwd=self.work, env=environment, capture_output=True, text=True
        )

    def _changes(self, log: str) -> Iterator[tuple[str, int]]:
        """Yield (call, number) of the calls in a log that touch the project or the user's cache, by the first process.

        strace counts calls of each thread apart; ours write from the main one.
        """
        lines = [match for line in log.splitlines() if (match := _LINE.match(line))]
        main = min(int(line["process"]) for line in lines)
        count: dict[str, int] = {}
        for line in lines:
            if int(line["process"]) == main:
                count[line["call"]] = count.get(line["call"], 0) + 1
                if str(self.home) in line["rest"] or ".cache/lookalike" in line["rest"]:
                    yield line["call"], count[line["call"]]


def _badly_told(result: "subprocess.CompletedProcess[str]") -> str:
    """Return what is wrong with how a stage ended that was told of a fault."""
    if result.returncode == 0:
        return ""  # The fault was in what no output depends on, such as the note of durations.
    ours = [line for line in result.stderr.splitlines() if line.startswith("lookalike: ")]
    # More than one where a process of the guard met the fault too, and a line tells at which image.
    if result.returncode == 1 and ours and "Traceback" not in result.stderr:
        return ""
    return f"ended with status {result.returncode}: {result.stderr[-500:]}"


def sampled(points: Sequence[Point], most: int, seed: int) -> list[Point]:
    """Return some of the points, in order; the same for a seed."""
    chosen = random.Random(seed).sample(range(len(points)), min(most, len(points)))
    return [points[place] for place in sorted(chosen)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage", action="append", choices=list(COMMANDS))
    parser.add_argument("--points", type=int, default=0, help="at most so many of each stage; 0 for all")
    arguments = parser.parse_args()
    print(f"{'stage':<12}{'fault':<10}{'points':>8}{'survived':>10}")
    with tempfile.TemporaryDirectory() as folder:
        harness = Harness(Path(folder))
        for stage in arguments.stage or COMMANDS:
            points = harness.points(stage)
            chosen = sampled(points, arguments.points or len(points), seed=0)
            verdicts = [harness.try_point(point) for point in chosen]
            for fault in FAULTS:
                of_fault = [verdict for verdict in verdicts if verdict.point.fault == fault]
                well = sum(not verdict.wrong for verdict in of_fault)
                print(f"{stage:<12}{fault:<10}{len(of_fault):>8}{well:>10}", flush=True)
            for verdict in (verdict for verdict in verdicts if verdict.wrong):
                print(f"  {verdict.point}: {verdict.wrong}", flush=True)


if __name__ == "__main__":
    main()
