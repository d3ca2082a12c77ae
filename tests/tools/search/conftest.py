"""A finished run of a tiny sample, made by the stages themselves with two networks that look at colours."""

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lookalike.backbones.base import Backbone
from lookalike.faces.find import Finder
from lookalike.faces.table import Face
from lookalike.kit.files import sha256_file
from lookalike.kit.images import decode as images
from lookalike.kit.images import guard
from lookalike.params.models import BackboneOptions
from lookalike.run.layout import Layout
from lookalike.tools.search.index import Indexed, update_index
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.searcher import Searcher
from lookalike.weights.note import write_note

ROOT = Path(__file__).parents[3]
MODELS = ("sface", "effnet_frozen")
# Every kind of correction that still works for one photograph at a time.
RETRIEVAL = {
    "transductive": False,
    "shift": {"method": "centre"},
    "gallery_averaging": {"enabled": True, "neighbours": 2},
    "hubness": {"method": "csls"},
}
SAMPLE = {"train_identities": 4, "test_identities": 3, "train_photographs": 2, "train_renderings": 3, "queries": 2}


class Colours(Backbone):
    """A network whose features are the colours of a coarse grid; it counts the images it is shown."""

    alone = True
    shown = 0

    def __init__(self, cells: int) -> None:
        self._cells, self.dim = cells, cells * cells * 3

    def embed(self, crops: np.ndarray) -> np.ndarray:
        Colours.shown += len(crops)
        side = crops.shape[1] // self._cells * self._cells
        grid = crops[:, :side, :side].reshape(len(crops), self._cells, side // self._cells, self._cells, -1, 3)
        return (grid.mean(axis=(2, 4)).reshape(len(crops), -1) - 110).astype(np.float32)


def colours(options: BackboneOptions, *_: object) -> Colours:
    return Colours(4 if options.family == "onnx" else 6)


def params() -> dict[str, Any]:
    value = yaml.safe_load((ROOT / "params.yaml").read_text())
    value["run"] |= {"dataset": "sample", "models": list(MODELS), "fusion": "joint"}
    value["sample"] |= SAMPLE | {"gallery": 3, "image_size": 128}
    value["retrieval"] |= RETRIEVAL
    return value


def stage(name: str, *arguments: str) -> None:
    importlib.import_module(f"stages.{name}").main(*arguments)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the stages once; nobody writes here."""
    root = tmp_path_factory.mktemp("project")
    (root / "params.yaml").write_text(yaml.safe_dump(params()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lookalike.embedding.embedder.load_to_embed", colours)
        patch.chdir(root)
        for name in ("sample", "catalog", "faces"):
            stage(name)
        for model in MODELS:
            weights = Layout(root).weights(model)
            weights.parent.mkdir(exist_ok=True)
            weights.write_bytes(model.encode())
            write_note(Layout(root).weights_note(model), sha256_file(weights))
            for name in ("crop", "finetune", "embed", "rank"):
                stage(name, model)
        stage("tune")
        stage("fuse")
    return root


@pytest.fixture
def project(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the finished run, whose store knows nothing, and stand in it."""
    root = tmp_path / "project"
    shutil.copytree(finished, root, ignore=shutil.ignore_patterns("store"))
    monkeypatch.chdir(root)
    return root


@pytest.fixture(autouse=True)
def networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.embedding.embedder.load_to_embed", colours)
    monkeypatch.setattr(Colours, "shown", 0)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of files, one for each time that a file is decoded from here on, by the guard too."""
    names: list[str] = []
    unpack = images._open

    def counting(data: bytes, name: str) -> object:
        names.append(Path(name).name)
        return unpack(data, name)

    look = guard._Process.look

    def looking(self: object, paths: list[Path], unwanted: object) -> object:
        names.extend(path.name for path in paths)
        return look(self, paths, unwanted)

    monkeypatch.setattr(images, "_open", counting)
    monkeypatch.setattr(guard._Process, "look", looking)
    return names


@pytest.fixture
def detected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the images whose face is looked for from here on."""
    names: list[str] = []
    face = Finder.face

    def counting(self: Finder, image_id: str, width: int, height: int) -> Face:
        names.append(image_id)
        return face(self, image_id, width, height)

    monkeypatch.setattr(Finder, "face", counting)
    return names


@pytest.fixture(scope="session")
def searcher(finished: Path) -> Searcher:
    return Searcher.open(finished)


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """Return a folder of six drawings, two of them in a folder of their own."""
    target = tmp_path / "drawings"
    (target / "more").mkdir(parents=True)
    for place, path in enumerate(sorted((Layout(finished).images("sample") / "test/gallery").iterdir())[:6]):
        shutil.copy(path, target / ("more" if place > 3 else "") / f"{place}.jpg")
    return target


@pytest.fixture
def update(project: Path, folder: Path) -> Callable[[], Indexed]:
    """Return what brings the folder's index up to date, as a command that starts anew would."""

    def run() -> Indexed:
        of_project = SearchRun.read(project)
        return update_index(of_project, folder)

    return run
