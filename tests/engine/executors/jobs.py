"""Work for workers: each image does what its name says, and leaves a file."""

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lookalike.engine.executors.base import Part
from lookalike.kit.errors import LookalikeError


class Awkward(Exception):
    """An error that cannot be read back from its pickle: it takes other arguments than it passes on."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{code}: {why}")


def misbehave(name: str, folder: Path) -> None:
    """Do what an image's name says: `segv-3`, `wait-1`, `sleep0.2-5`; other names do nothing."""
    what = name.split("-")[0]
    if what == "segv":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif what == "exit":
        os._exit(3)
    elif what == "fault":
        raise LookalikeError(f"{name}: expected an image; remove it")
    elif what == "missing":
        (folder / name).read_bytes()
    elif what == "bug":
        raise KeyError(name)
    elif what == "awkward":
        raise Awkward(7, name)
    elif what == "speak":
        print("result")
        print("warning", file=sys.stderr)
    elif what == "wait":
        (folder / f"{name}.waits").write_text(str(os.getpid()))
        while not (folder / f"{name}.go").exists():
            time.sleep(0.01)
    elif what.startswith("sleep"):
        time.sleep(float(what.removeprefix("sleep")))


@dataclass(frozen=True)
class Files:
    """A job whose every image leaves a file; `started` has a file for each worker, `log` the parts in turn."""

    folder: str
    first: str = ""  # what a worker does as it starts

    def start(self) -> Callable[[Part], None]:
        folder = Path(self.folder)
        (folder / "started").mkdir(exist_ok=True)
        written = folder / f"{os.getpid()}.starts"
        written.write_text(json.dumps(dict(os.environ)))
        written.rename(folder / "started" / str(os.getpid()))
        misbehave(self.first, folder)
        return self.do

    def do(self, part: Part) -> None:
        folder = Path(self.folder)
        with (folder / "log").open("a") as log:
            log.write(json.dumps([path for _, path in part.images]) + "\n")
        for _, path in part.images:
            misbehave(path, folder)
        for sha256, path in part.images:
            written = folder / f"{os.getpid()}.tmp"
            written.write_text(path)
            written.rename(folder / f"{sha256}.done")

    def set_aside(self, part: Part, reason: str) -> None:
        ((sha256, _),) = part.images
        (Path(self.folder) / f"{sha256}.aside").write_text(reason)


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def parts_of(*parts: list[str]) -> list[Part]:
    return [Part(number, tuple((digest(name), name) for name in names)) for number, names in enumerate(parts)]


def plain(count: int, size: int, what: str = "image") -> list[Part]:
    return parts_of(*([f"{what}-{number}-{image}" for image in range(size)] for number in range(count)))


def names(parts: list[Part]) -> list[str]:
    return [path for part in parts for _, path in part.images]


def left(folder: Path, kind: str) -> dict[str, str]:
    """Return digest -> text of the files that a job left: `done` or `aside`."""
    return {file.stem: file.read_text() for file in folder.glob(f"*.{kind}")}


def starts(folder: Path) -> dict[int, dict[str, str]]:
    """Return process -> environment of the workers that were started."""
    return {int(file.name): json.loads(file.read_text()) for file in (folder / "started").iterdir()}


def tries(folder: Path) -> list[list[str]]:
    """Return what workers were given, one after the other."""
    return [json.loads(line) for line in (folder / "log").read_text().splitlines()]


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
