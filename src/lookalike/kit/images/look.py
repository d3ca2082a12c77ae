"""A first look at an image file, in a process that may be stopped: what `kit.images.guard` starts.

A list of paths comes in as a line of JSON. What was seen in each is written into a file at once, and a line goes out
when all are done. What libraries write to standard output and error is caught, and told beside the file's name.
"""

import fcntl
import hashlib
import json
import math
import os
import resource
import signal
import sys
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

OK = "ok"
# Of one file, in CPU time, so that a busy machine refuses nothing that an idle one accepts. The slowest file known to
# pass takes about 2.5 seconds.
CPU_SECONDS = 10
# Of a process. The largest image that is accepted takes 1.1 GB.
MEMORY = 1_500_000_000
# Added to the process's niceness: looking at a stranger's file gives way to whatever else is computed.
NICE = 5
# Of what libraries have to say about one file.
NOISE = 1_000_000
_TOLD = 1000
# libjpeg says so where a scan ends too early, and fills the rest of the image with grey (JWRN_HIT_MARKER).
_MISSING = "premature end of data segment"


@dataclass(frozen=True)
class Look:
    """What decoding one file showed.

    Attributes:
        status: `ok`, or the reason of `kit.images.decode.UnreadableImage`.
        sha256: digest of the file's bytes; empty where they cannot be read.
        width: pixels, upright; 0 where unreadable.
        height: pixels, upright; 0 where unreadable.
        animated: it has more frames than the first, which is the one taken.
        partial: it gives pixels, but part of its data is missing.
        noise: the first line of what libraries wrote meanwhile.
    """

    status: str
    sha256: str = ""
    width: int = 0
    height: int = 0
    animated: bool = False
    partial: bool = False
    noise: str = ""


def look(path: Path) -> Look:
    """Read, digest and decode one file."""
    from lookalike.kit.images.decode import UnreadableImage, decode_bytes, is_animated, read_bytes
    from lookalike.kit.images.whole import is_partial

    digest = ""
    try:
        data = read_bytes(path)
        digest = hashlib.sha256(data).hexdigest()
        height, width, _ = decode_bytes(data, str(path)).shape
        return Look(OK, digest, width, height, is_animated(data, str(path)), is_partial(data))
    except UnreadableImage as error:
        return Look(error.reason, digest)


class _AcrossProcesses(AbstractContextManager["_AcrossProcesses"]):
    """A lock that the guard's processes share by a file that each has open."""

    def __init__(self, file: int) -> None:
        self._file = file

    def __enter__(self) -> "_AcrossProcesses":
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN)


def main() -> None:
    """Answer until standard input ends; the arguments are the open files of the replies, the noise and the lock."""
    replies, noise, lock = map(int, sys.argv[1:])
    # Ctrl+C reaches every process of the terminal; this one ends with the program that started it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)
    done = os.dup(1)
    os.dup2(noise, 1)
    os.dup2(noise, 2)
    _prepare(_AcrossProcesses(lock))
    for line in sys.stdin.buffer:
        os.ftruncate(replies, 0)
        os.lseek(replies, 0, os.SEEK_SET)
        for name in json.loads(line):
            _allow(CPU_SECONDS)
            seen = look(Path(os.fsdecode(name.encode("utf-8", "surrogateescape"))))
            said = heard(noise)
            partial = seen.partial or (seen.status == OK and _MISSING in said)
            told = vars(seen) | {"partial": partial, "noise": said.partition("\n")[0]}
            os.write(replies, json.dumps(told).encode() + b"\n")
        os.write(done, b"\n")


def heard(noise: int) -> str:
    """Return the beginning of what was written into a file, and empty it."""
    if not os.fstat(noise).st_size:
        return ""
    text = os.pread(noise, _TOLD, 0).decode("utf-8", "replace").strip()
    os.ftruncate(noise, 0)
    os.lseek(noise, 0, os.SEEK_SET)
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)


def _prepare(large: AbstractContextManager[object]) -> None:
    import cv2

    from lookalike.kit.images import decode as images

    cv2.setNumThreads(1)
    images.one_large_image = large
    for kind, most in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_FSIZE, NOISE), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _allow(seconds: int) -> None:
    """Let the process run for so much CPU time from now on; the kernel ends it then, whatever it does."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    end = math.ceil(time.process_time()) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (end if hard == resource.RLIM_INFINITY else min(end, hard), hard))
