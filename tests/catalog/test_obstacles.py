"""Everything that would stop a run is found at once, before anything of the dataset is opened."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lookalike.catalog.obstacles import find_obstacles

PIPE = "pipe, socket or device, no file; remove it"
NOTHING = "a link to nothing; remove it, or restore what it points to"


def test_a_sound_dataset_has_no_obstacle(zoo: Path) -> None:
    (zoo / "test/query/same_01.jpg").symlink_to("pig_0001.jpg")
    (zoo / ".hidden").mkdir()
    (zoo / "notes.txt").write_text("Beyoncé")
    assert find_obstacles(zoo) == []
    link = zoo.with_name("linked")
    link.symlink_to(zoo)
    assert find_obstacles(link) == []
    assert find_obstacles(zoo / "none") == []


def test_all_obstacles_are_found_in_one_pass(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = zoo / "test/query"
    os.mkfifo(query / "fifo.jpg")
    os.mkfifo(zoo / "train/pig/.hidden")
    (query / "to_fifo.jpg").symlink_to("fifo.jpg")
    (query / "zero.png").symlink_to("/dev/zero")
    monkeypatch.chdir(query)  # the name of a socket may be 107 bytes long
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.gif")
    (zoo / "lost.csv").symlink_to("nowhere")
    (query / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "outside.jpg").write_bytes(b"x")
    (query / "out.jpg").symlink_to(tmp_path / "outside.jpg")
    Path(os.fsdecode(os.fsencode(zoo) + b"/latin\xe9.txt")).write_bytes(b"x")
    (query / "two\nlines.jpg").write_bytes(b"x")
    (zoo / "two\nlines.txt").write_bytes(b"x")  # no image, and DVC does not mind
    named = "the name holds control characters or is not UTF-8; rename it"
    expected = {
        f"{query}/fifo.jpg: a {PIPE}",
        f"{zoo}/train/pig/.hidden: a {PIPE}",
        f"{query}/to_fifo.jpg: a link to a {PIPE}",
        f"{query}/zero.png: a link to a {PIPE}",
        f"{query}/socket.gif: a {PIPE}",
        f"{zoo}/lost.csv: {NOTHING}",
        f"{query}/loop.jpg: {NOTHING}",
        f"{query}/out.jpg: a link that leads out of the dataset folder; copy what it points to into the folder",
        f"{zoo}/latin\\udce9.txt: {named}",
        f"{query}/two\\nlines.jpg: {named}",
    }
    found = find_obstacles(zoo)
    assert len(found) == len(expected)
    assert set(found) == expected


def test_many_of_a_kind_are_counted(zoo: Path) -> None:
    for number in range(120):
        (zoo / f"test/query/{number:03}.jpg").symlink_to("nowhere")
    found = find_obstacles(zoo)
    assert len(found) == 101
    assert found[-1] == f"{zoo}: 20 more of these: {NOTHING}"


def test_what_may_not_be_read_is_found(zoo: Path) -> None:
    locked, secret = zoo / "train/pig", zoo / "test/query/pig_0001.jpg"
    locked.chmod(0)
    secret.chmod(0)
    # Another user's view, since root may read everything.
    code = """
import os, sys
from pathlib import Path
from lookalike.catalog.obstacles import find_obstacles
if os.getuid() == 0:
    for parent in (Path(sys.argv[1]), *Path(sys.argv[1]).parents):
        if parent != Path("/") and parent.stat().st_uid == 0: parent.chmod(parent.stat().st_mode | 0o055)
    os.setuid(65534)
print(*find_obstacles(Path(sys.argv[1])), sep="\\n")
"""
    run = subprocess.run([sys.executable, "-c", code, str(zoo)], capture_output=True, text=True, check=True)
    locked.chmod(0o755)
    assert run.stdout.splitlines() == [
        f"{locked}: cannot be listed (Permission denied); mend its permissions",
        f"{secret}: cannot be read; mend its permissions",
    ]
