"""Several processes on one index: one writes, the others wait or search what is whole."""

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from lookalike.tools.search.store import Store

from lookalike.kit.parquet import read_table, texts
from lookalike.tools.search import index
from lookalike.tools.search.encoder import Encoder
from lookalike.tools.search.index import Indexed, index_home, update_index
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
from lookalike.tools.search import index
from lookalike.tools.search.encoder import Encoder
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.searcher import Searcher
from tests.tools.search.conftest import colours
embedder.load_to_embed, index.CHUNK = colours, 2
folder, kind = Path(sys.argv[1]), sys.argv[2]
Path(f"ready{sys.argv[3]}").touch()
while not Path("go").exists():
    time.sleep(0.005)
if kind == "index":
    run = SearchRun.read(Path())
    print(len(index.update_index(run, folder, Encoder(run)).gallery))
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


def rows_of(home: Path) -> dict[str, list[str]]:
    names = ("faces", *(f"embeddings/{model}" for model in MODELS))
    files = {name: next((home / name).glob("*.parquet")) for name in names}
    return {name: pq.read_table(path)["image_id"].to_pylist() for name, path in files.items()}


@pytest.mark.slow  # three programs start
def test_two_indexings_and_a_query_of_a_new_folder_all_end_well(project: Path, folder: Path) -> None:
    programs = start(project, folder, ["index", "query", "index"])
    ended = [(*program.communicate(timeout=300), program.returncode) for program in programs]
    assert [status for *_, status in ended] == [0, 0, 0], ended
    assert (ended[0][0], ended[2][0]) == ("6\n", "6\n")
    assert ended[1][0] == "0.jpg\n"
    for name, rows in rows_of(index_home(project, folder)).items():
        assert len(rows) == len(set(rows)) == 6, name
    assert sum("another program is writing" in errors for _, errors, _ in ended) >= 1


def test_a_writer_waits_for_the_one_before_it(project: Path, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run, done = SearchRun.read(project), []
    store = Store(index_home(project, folder), run)
    waiting = threading.Thread(target=lambda: done.append(update_index(run, folder, Encoder(run))))
    with store.writing() as lock:
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

    monkeypatch.setattr(index, "CHUNK", 2)
    embed, calls = Encoder.embed, iter([False, False, False, True])

    def until_cut(*arguments: object) -> np.ndarray:
        if next(calls):
            raise Cut
        return embed(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Encoder, "embed", until_cut)
        with pytest.raises(Cut):
            update()
    with Store(index_home(project, folder), SearchRun.read(project)).writing() as lock:
        assert lock.take()
        shown = Colours.shown
        searcher = Searcher.open(project, folder)
        # Two images have everything; of two more one model knows its part.
        assert len(searcher.gallery) == 2
        assert Colours.shown == shown
    assert "what it has finished is searched" in capfd.readouterr().err
    assert len(Searcher.open(project, folder).gallery) == 6


def test_a_disk_without_locks_is_indexed(update: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", without)
    assert len(update().gallery) == 6


def test_faces_that_are_known_are_not_kept_twice(project: Path, folder: Path, update: Update) -> None:
    home = update().home
    (table,) = (home / "faces").glob("*.parquet")
    store = Store(home, SearchRun.read(project))
    faces = store.faces()
    assert faces is not None
    store.add_faces(faces)
    assert list(texts(read_table(table, ["image_id"]), "image_id")) == list(faces.image_id)


@pytest.mark.parametrize("name", ["faces", "embeddings/sface", ""])
def test_a_damaged_table_of_an_index_is_named_set_aside_and_made_again(
    update: Update, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    first = update()
    (table,) = (first.home / name).glob("*.parquet")
    whole = table.read_bytes()
    table.write_bytes(whole[: len(whole) // 2] + bytes(64) + whole[len(whole) // 2 + 64 :])
    again = update()
    assert f"{table}: damaged" in capfd.readouterr().err
    assert table.with_name(f"{table.name}.damaged").exists()
    for model in MODELS:
        np.testing.assert_array_equal(again.gallery.embedding[model], first.gallery.embedding[model])


def test_a_whole_index_is_searched_without_being_written(
    project: Path, folder: Path, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = update().home
    for path in folder.rglob("*.jpg"):
        os.utime(path, (1, 1))

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(home / "lock"))

    monkeypatch.setattr("lookalike.tools.search.store.os.open", refused)
    assert len(Searcher.open(project, folder).gallery) == 6
