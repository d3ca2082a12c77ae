"""Several processes on one index: one writes, the others wait or search what is whole."""

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lookalike.engine import engine
from lookalike.engine.batches import Batches
from lookalike.engine.rows import to_hex
from lookalike.engine.shards import read_digests
from lookalike.engine.store import stores
from lookalike.run.layout import Layout
from lookalike.tools.search.index import Indexed, index_home, update_index
from lookalike.tools.search.lock import writing
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.searcher import Searcher
from tests.tools.search.conftest import MODELS, ROOT, Colours

Update = Callable[[], Indexed]
# A program of its own, as `lookalike index` (or `query`) is; all begin when the file `go` is there. A chunk of two
# images makes many writes, between which the others read and write.
PROGRAM = """
import sys, time
from pathlib import Path
from lookalike.embedding import embedder
from lookalike.engine import engine
from lookalike.tools.search import index
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.searcher import Searcher
from tests.tools.search.conftest import colours
embedder.load_to_embed, engine.LEAST = colours, 2
folder, kind = Path(sys.argv[1]), sys.argv[2]
Path(f"ready{sys.argv[3]}").touch()
while not Path("go").exists():
    time.sleep(0.005)
if kind == "index":
    run = SearchRun.read(Path())
    print(len(index.update_index(run, folder).gallery))
else:
    searcher = Searcher.open(Path(), folder)
    photo = sorted(folder.glob("*.jpg"))[0]
    print(searcher.search(photo, "sface", 3).matches[0].image_id)
"""


def start(project: Path, folder: Path, kinds: list[str]) -> list["subprocess.Popen[str]"]:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": path, "LOOKALIKE_WORKERS": "1"}
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), kind, str(number)],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, kind in enumerate(kinds)
    ]
    while any(not (project / f"ready{number}").exists() for number in range(len(kinds))):
        assert all(program.poll() is None for program in programs), [p.communicate() for p in programs]
        time.sleep(0.02)
    (project / "go").touch()
    return programs


def rows_of(project: Path) -> list[tuple[str, list[str]]]:
    """Return the kind of every store that holds images, and the digests in all of its shards."""
    held = [store for store in stores(Layout(project).store) if store.key.kind in ("faces", "vectors")]
    return [(s.key.kind, [one for path in s.paths() for one in to_hex(read_digests(path))]) for s in held]


@pytest.mark.slow  # three programs start
def test_two_indexings_and_a_query_of_a_new_folder_all_end_well(project: Path, folder: Path) -> None:
    programs = start(project, folder, ["index", "query", "index"])
    ended = [(*program.communicate(timeout=300), program.returncode) for program in programs]
    assert [status for *_, status in ended] == [0, 0, 0], ended
    assert (ended[0][0], ended[2][0]) == ("6\n", "6\n")
    assert ended[1][0] == "0.jpg\n"
    kinds = [kind for kind, rows in rows_of(project) if len(rows) == len(set(rows)) == 6]
    assert sorted(kinds) == ["faces", *["vectors"] * len(MODELS)]
    assert sum("another program is writing" in errors for _, errors, _ in ended) >= 1


def test_a_writer_waits_for_the_one_before_it(project: Path, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run, done = SearchRun.read(project), []
    waiting = threading.Thread(target=lambda: done.append(update_index(run, folder)))
    with writing(index_home(project, folder)) as lock:
        assert lock.take()
        waiting.start()
        waiting.join(2)
        assert waiting.is_alive() and Colours.shown == 0
    waiting.join(60)
    assert len(done[0].gallery) == 6
    assert f"another program is writing the index of {folder}; waiting" in capfd.readouterr().err


def test_a_search_beside_a_writer_works_on_what_is_whole(
    project: Path, folder: Path, update: Update, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cut(Exception):
        pass

    monkeypatch.setattr(engine, "LEAST", 2)
    put, calls = Batches.put, iter([*[False] * 6, True])

    def until_cut(*arguments: object) -> None:
        if next(calls):
            raise Cut
        put(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Batches, "put", until_cut)
        with pytest.raises(Cut):
            update()
    with writing(index_home(project, folder)) as lock:
        assert lock.take()
        shown = Colours.shown
        searcher = Searcher.open(project, folder)
        # Two images were done; of two more one model had seen the first.
        assert len(searcher.gallery) == 2
        assert Colours.shown == shown
    assert "what it has finished is searched" in capfd.readouterr().err
    assert len(Searcher.open(project, folder).gallery) == 6


def test_a_disk_without_locks_is_indexed(update: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", without)
    assert len(update().gallery) == 6


@pytest.mark.parametrize("kind", ["faces", "vectors", "members"])
def test_a_damaged_shard_is_named_set_aside_and_made_again(
    project: Path, update: Update, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    first = update()
    root = first.home if kind == "members" else Layout(project).store
    shard = next((root / kind).rglob("*.parquet"))
    whole = shard.read_bytes()
    shard.write_bytes(whole[: len(whole) // 2] + bytes(64) + whole[len(whole) // 2 + 64 :])
    again = update()
    assert f"{shard}: damaged" in capfd.readouterr().err
    assert shard.with_name(f"{shard.name}.damaged").exists()
    for model in MODELS:
        np.testing.assert_array_equal(again.gallery.embedding[model], first.gallery.embedding[model])


def test_a_whole_index_is_searched_without_being_written(
    project: Path, folder: Path, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = update().home
    for path in folder.rglob("*.jpg"):
        os.utime(path, (1, 1))
    shutil.rmtree(home / "members")

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(home / "lock"))

    monkeypatch.setattr("lookalike.tools.search.lock.os.open", refused)
    assert len(Searcher.open(project, folder).gallery) == 6
