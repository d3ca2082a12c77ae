"""Looks at files: as a cold run sees them, and read again only where a file may have changed."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from lookalike.engine import looks
from lookalike.kit.images.guard import Guard, guard
from lookalike.kit.images.look import Look


@pytest.fixture
def files(drawn: Path, tmp_path: Path) -> list[Path]:
    """Pictures that were written a while ago, one of them cut short and one no picture."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("00.jpg", "01.jpg", "grey.png"):
        (folder / name).write_bytes((drawn / name).read_bytes())
    (folder / "cut.jpg").write_bytes((drawn / "02.jpg").read_bytes()[:2500])
    (folder / "text.png").write_text("no picture")
    return [*sorted(folder.iterdir()), folder / "missing.png"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that the guard looked at; every stamp is old enough."""
    names: list[str] = []
    look_all = Guard.look_all

    def counting(self: Guard, paths: Sequence[Path]) -> object:
        names.extend(path.name for path in paths)
        return look_all(self, paths)

    monkeypatch.setattr(Guard, "look_all", counting)
    monkeypatch.setattr(looks, "SETTLED_NS", 0)
    return names


def test_a_second_look_is_the_first(files: list[Path], asked: list[str], tmp_path: Path) -> None:
    expected = list(guard().look_all(files))
    assert len({look.status for look in expected}) >= 3
    for again in ([path.name for path in files], ["missing.png"]):
        asked.clear()
        assert list(looks.look_all(tmp_path, files)) == expected
        assert asked == again


def test_a_file_that_may_have_changed_is_looked_at(files: list[Path], asked: list[str], tmp_path: Path) -> None:
    list(looks.look_all(tmp_path, files))
    asked.clear()
    first, second, third = files[:3]
    stat = first.stat()
    first.write_bytes(second.read_bytes().ljust(stat.st_size)[: stat.st_size])
    os.utime(first, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    third.rename(third.with_name("renamed.jpg"))
    files[2] = third.with_name("renamed.jpg")
    assert list(looks.look_all(tmp_path, files)) == list(guard().look_all(files))
    assert asked[:3] == [first.name, "renamed.jpg", "missing.png"]


def test_a_fresh_file_is_not_remembered(
    files: list[Path], asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "SETTLED_NS", 10**12)
    for _ in range(2):
        asked.clear()
        list(looks.look_all(tmp_path, files))
        assert len(asked) == len(files)


def test_what_may_be_otherwise_another_day_is_not_remembered(
    files: list[Path], asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Guard, "look_all", lambda self, paths: [Look("too slow") for _ in paths])
    assert {look.status for look in looks.look_all(tmp_path, files)} == {"too slow"}
    monkeypatch.undo()
    monkeypatch.setattr(looks, "SETTLED_NS", 0)
    assert "ok" in {look.status for look in looks.look_all(tmp_path, files)}


def test_a_damaged_shard_is_looked_up_again(files: list[Path], asked: list[str], tmp_path: Path) -> None:
    expected = list(looks.look_all(tmp_path, files))
    (shard,) = tmp_path.rglob("*.parquet")
    data = bytearray(shard.read_bytes())
    data[len(data) // 3] ^= 1
    shard.write_bytes(data)
    time.sleep(0.01)
    asked.clear()
    assert list(looks.look_all(tmp_path, files)) == expected
    assert len(asked) == len(files)
