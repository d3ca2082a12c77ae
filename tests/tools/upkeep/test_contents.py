"""`lookalike store` on a finished run and an index beside it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from lookalike.engine.faces import face_key
from lookalike.engine.rows import Rows
from lookalike.engine.store import Store, stores
from lookalike.kit.errors import LookalikeError
from lookalike.params.load import load_params
from lookalike.run.layout import Layout
from lookalike.tools.search.index import Indexed
from lookalike.tools.upkeep import contents
from lookalike.tools.upkeep.wanted import Wanted
from tests.tools.search.conftest import MODELS, Colours, finished, folder, networks, project, update

__all__ = ["finished", "folder", "networks", "project", "update"]
Update = Callable[[], Indexed]


def table(root: Path) -> list[tuple[str, str, int, bool]]:
    held = contents.contents(Layout(root).store, Wanted(Layout(root)))
    return sorted((one.kind, one.about, one.rows, one.wanted) for one in held)


@pytest.fixture
def filled(project: Path, finished: Path, update: Update) -> Iterator[Path]:
    """A project whose store knows its dataset and an index of six of its drawings."""
    shutil.copytree(Layout(finished).store, Layout(project).store)
    update()
    return project


def test_what_is_there_is_told_with_who_uses_it(filled: Path) -> None:
    total = len(load_faces(filled))
    told = [one for one in table(filled) if one[0] != "looks"]
    assert told == [("faces", "", total, True), *(("vectors", model, total, True) for model in sorted(MODELS))]
    shown = contents.table(Path("here"), contents.contents(Layout(filled).store, Wanted(Layout(filled))))
    assert "drops them" not in shown.note


def load_faces(root: Path) -> np.ndarray:
    return Store(Layout(root).store, face_key(load_params(root / "params.yaml").faces)).known()


def test_pruning_keeps_what_the_run_and_its_indexes_need(filled: Path, update: Update) -> None:
    contents.prune(Layout(filled).store, Wanted(Layout(filled)))
    Colours.shown = 0
    update()
    assert Colours.shown == 0
    assert contents.prune(Layout(filled).store, Wanted(Layout(filled))) == 0


def test_pruning_drops_images_that_are_gone(project: Path, folder: Path, update: Update) -> None:
    home = update().home
    assert contents.prune(Layout(project).store, Wanted(Layout(project))) == 0
    (folder / "1.jpg").unlink()
    update()
    # The dataset still has the drawing, so that it stays known.
    assert contents.prune(Layout(project).store, Wanted(Layout(project))) == 0
    Layout(project).catalog.unlink()
    assert contents.prune(Layout(project).store, Wanted(Layout(project))) == 1 + len(MODELS)
    shutil.rmtree(home)
    assert contents.prune(Layout(project).store, Wanted(Layout(project))) == 5 * (1 + len(MODELS))


def test_pruning_drops_what_other_params_made(filled: Path) -> None:
    params = yaml.safe_load((filled / "params.yaml").read_text())
    params["faces"]["jitter"] = 0.0
    (filled / "params.yaml").write_text(yaml.safe_dump(params))
    assert ("faces", "", len(load_faces_of_all(filled)), False) in table(filled)
    contents.prune(Layout(filled).store, Wanted(Layout(filled)))
    assert not any(kind == "faces" for kind, *_ in table(filled))


def load_faces_of_all(root: Path) -> np.ndarray:
    return next(store.known() for store in stores(Layout(root).store) if store.key.kind == "faces")


def test_compacting_keeps_every_row(filled: Path) -> None:
    before = table(filled)
    store = next(store for store in stores(Layout(filled).store) if store.key.kind == "faces")
    store.add(Rows.aside(np.array([b"x" * 32], "S32"), "kills its worker (signal 11)"))
    assert contents.compact(Layout(filled).store) > 0
    assert len(store.paths()) == 1
    (aside,) = [one.aside for one in contents.contents(Layout(filled).store, Wanted(Layout(filled))) if one.aside]
    assert aside == 1
    assert contents.retry(Layout(filled).store) == 1
    assert table(filled) == before


def test_a_project_without_params_is_told(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match="no such file"):
        Wanted(Layout(tmp_path))
