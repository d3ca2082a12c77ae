"""Decoders that crash, hang, swell or chatter end their process and give the file a reason; nothing else notices."""

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from lookalike.kit.images import guard as module
from lookalike.kit.images.guard import Guard
from lookalike.kit.images.look import Look

# A decoder that does what the name of the file says.
DECODER = """
import os, sys, time
sys.path[:] = {path!r}
from lookalike.kit.images import look as module
from lookalike.kit.images.unreadable import UnreadableImage, told
real = module.look
def look(path):
    if path.stem == "crash": os.abort()
    if path.stem == "quit": os._exit(0)
    if path.stem == "spin":
        while True: pass
    if path.stem == "sleep": time.sleep(600)
    if path.stem == "chatter": [os.write(2, bytes(100_000)) for _ in range(100)]
    if path.stem == "speak": os.write(2, b"Bad thing\\nand more\\n"); os.write(1, b"again")
    if path.stem == "swell":
        try:
            with told(str(path)): bytearray(4_000_000_000)
        except UnreadableImage as error: return module.Look(error.reason)
    return real(path)
module.look, module.CPU_SECONDS = look, 1
module.main()
"""


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    # The guard of the whole program may have processes by now, of tests before these.
    module.guard().close()
    monkeypatch.setattr(module, "_START", DECODER)
    guard = Guard()
    yield guard
    guard.close()
    assert not children()


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "lookalike.kit" in " ".join(one.cmdline())]


def image(path: Path) -> Path:
    Image.new("RGB", (7, 5), "orange").save(path)
    return path


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("crash", "crashes the decoder"),
        ("quit", "crashes the decoder"),
        ("spin", "too slow"),
        ("swell", "too much memory"),
        ("sound", "ok"),
    ],
)
def test_what_a_decoder_does_becomes_a_reason(guard: Guard, tmp_path: Path, kind: str, status: str) -> None:
    paths = [image(tmp_path / f"{name}.png") for name in ("before", kind, "after")]
    looks = list(guard.look_all(paths))
    assert [look.status for look in looks] == ["ok", status, "ok"]
    digest = hashlib.sha256(paths[0].read_bytes()).hexdigest()
    assert looks[0] == looks[2] == Look("ok", digest, 7, 5)


def test_every_bad_file_of_many_is_found_whatever_the_workers(
    guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{number:03}/{'crash' if number % 7 == 3 else 'sound'}.png" for number in range(70)]
    for name in names:
        (tmp_path / name).parent.mkdir()
        image(tmp_path / name)
    expected = ["crashes the decoder" if "crash" in name else "ok" for name in names]
    for workers in ("1", "3"):
        monkeypatch.setenv("LOOKALIKE_WORKERS", workers)
        assert [look.status for look in guard.look_all([tmp_path / name for name in names])] == expected


def test_a_process_that_only_waits_is_ended_too(guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WALL_SECONDS", 1.0)
    assert guard.look(image(tmp_path / "sleep.png")).status == "too slow"


def test_unwanted_work_ends_at_once(guard: Guard, tmp_path: Path) -> None:
    gone = threading.Event()
    threading.Timer(0.5, gone.set).start()
    start = time.monotonic()
    assert guard.look(image(tmp_path / "sleep.png"), gone.is_set).status == "unwanted"
    assert time.monotonic() - start < 5
    assert not children()


def test_what_libraries_say_stands_beside_the_file(guard: Guard, tmp_path: Path) -> None:
    paths = [image(tmp_path / f"{name}.png") for name in ("before", "speak", "chatter", "after")]
    noise = [look.noise for look in guard.look_all(paths)]
    assert (noise[0], noise[1], noise[3]) == ("", "Bad thing", "")
    assert noise[2] and len(noise[2]) <= 1000


def test_a_name_that_is_not_utf8_is_looked_at(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n\xe9.png"))
    guard = Guard()
    assert guard.look(image(path)).status == "ok"
    guard.close()


def test_processes_are_used_again(tmp_path: Path) -> None:
    guard, path = Guard(), image(tmp_path / "a.png")
    guard.look(path)
    (first,) = children()
    for _ in range(3):
        guard.look(path)
    assert children() == [first]
    guard.close()
