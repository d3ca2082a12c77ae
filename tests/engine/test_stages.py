"""The stages over the engine: one photograph more, less or other, and images that are set aside."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.engine import looks
from lookalike.engine.rows import Rows
from lookalike.engine.shown import shown
from lookalike.engine.store import Store, stores
from lookalike.faces.table import FaceTable
from lookalike.kit.errors import LookalikeError
from lookalike.metrics.judgement import Truth, judge
from lookalike.params.load import load_params
from lookalike.retrieval.ranking import Ranking
from lookalike.run.layout import Layout
from tests.tools.search.conftest import MODELS, Colours, detected, finished, networks, project, stage

__all__ = ["detected", "finished", "networks", "project"]
LAYOUT = Layout()
OUTPUTS = ("catalog", "faces", "catalog_counts", "face_counts")


@pytest.fixture
def searched(detected: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the images in which a face is looked for; no file is too fresh to be known again."""
    monkeypatch.setattr(looks, "SETTLED_NS", 0)
    return detected


def run() -> None:
    for name in ("catalog", "faces"):
        stage(name)
    for model in MODELS:
        for name in ("crop", "embed"):
            stage(name, model)


def outputs() -> dict[str, bytes]:
    files = [*(getattr(LAYOUT, name) for name in OUTPUTS), *map(LAYOUT.embeddings, MODELS), *map(LAYOUT.crops, MODELS)]
    return {str(path): path.read_bytes() for path in files}


def cold(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bytes]:
    """Return what the stages write where nothing is known."""
    monkeypatch.setenv("LOOKALIKE_STORE", str(tmp_path / "empty"))
    for path in outputs():
        Path(path).unlink()
    run()
    return outputs()


def add() -> list[str]:
    source = LAYOUT.images("sample") / "test/gallery"
    first = sorted(source.iterdir())[0]
    # Another file: bytes after a JPEG's end are passed over.
    (source / "zz_added.jpg").write_bytes(first.read_bytes() + b"more")
    return ["test/gallery/zz_added.jpg"]


def change() -> list[str]:
    first, second, *_ = sorted((LAYOUT.images("sample") / "test/query").iterdir())
    first.write_bytes(second.read_bytes() + b"other")
    return [f"test/query/{first.name}"]


def remove() -> list[str]:
    sorted((LAYOUT.images("sample") / "test/gallery").iterdir())[2].unlink()
    return []


def rename() -> list[str]:
    file = sorted((LAYOUT.images("sample") / "test/gallery").iterdir())[2]
    file.rename(file.with_name("zz_renamed.jpg"))
    return []


@pytest.mark.parametrize("edit", [add, change, remove, rename])
def test_only_a_photograph_that_is_new_is_embedded(
    project: Path, searched: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, edit: object
) -> None:
    run()
    searched.clear()
    Colours.shown = 0
    before = outputs()
    new = edit()  # type: ignore[operator]
    run()
    assert searched == new
    assert Colours.shown == len(new) * len(MODELS)
    after = outputs()
    assert after[str(LAYOUT.embeddings(MODELS[0]))] != before[str(LAYOUT.embeddings(MODELS[0]))]
    assert after == cold(project, monkeypatch, tmp_path)
    assert len(searched) > 20


def test_a_face_that_stays_where_it_was_is_not_embedded_again(project: Path, searched: list[str]) -> None:
    """Whatever is edited of the search."""
    run()
    searched.clear()
    Colours.shown = 0
    params = (project / "params.yaml").read_text()
    assert "\n  yunet: 0.3\n" in params
    (project / "params.yaml").write_text(params.replace("\n  yunet: 0.3\n", "\n  yunet: 0.30001\n"))
    before = outputs()
    run()
    assert outputs() == before
    assert len(searched) > 20 and Colours.shown == 0


def test_a_query_that_was_set_aside_is_a_miss(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run()
    catalog, faces = Catalog.read(LAYOUT.catalog), FaceTable.read(LAYOUT.faces)
    query = int(np.flatnonzero(catalog.split == "query")[0])
    crop = load_params().models[MODELS[0]].crop
    under = shown(catalog.sha256, faces, crop)
    (store,) = (one for one in stores(LAYOUT.store) if one.key.about == MODELS[0])
    known = store.rows(under)
    shutil.rmtree(store.folder)
    rest = np.arange(len(under)) != query
    Store(LAYOUT.store, store.key).add(known.take(rest))
    Store(LAYOUT.store, store.key).add(Rows.aside(under[query : query + 1], "kills its worker (signal 11)"))
    stage("embed", MODELS[0])
    assert "1 images are set aside" in capsys.readouterr().err
    table = EmbeddingTable.read(LAYOUT.embeddings(MODELS[0]))
    assert table.image_id.tolist() == catalog.image_id[rest].tolist()
    assert table.metadata["set_aside"] == "1"
    for model in MODELS:
        stage("rank", model)
    for name in ("tune", "fuse", "score"):
        stage(name)
    truth = Truth.of(catalog)
    for system, answered in ((MODELS[0], False), (MODELS[1], True), ("ensemble", False)):
        judged = judge(Ranking.read(LAYOUT.ranking(system)), truth)
        row = truth.query_id.tolist().index(catalog.image_id[query])
        assert bool(judged.answered[row]) == answered and judged.answered.sum() == len(judged) - (not answered)
        assert answered or judged.first_hit[row] == 0
    assert json.loads(LAYOUT.metrics.read_text())["queries"]["scored"] == len(truth.query_id)


def test_where_no_image_can_be_embedded_the_reason_is_told(project: Path) -> None:
    run()
    catalog, faces = Catalog.read(LAYOUT.catalog), FaceTable.read(LAYOUT.faces)
    under = shown(catalog.sha256, faces, load_params().models[MODELS[0]].crop)
    (store,) = (one for one in stores(LAYOUT.store) if one.key.about == MODELS[0])
    shutil.rmtree(store.folder)
    Store(LAYOUT.store, store.key).add(Rows.aside(under, "kills its worker (signal 9)"))
    with pytest.raises(LookalikeError, match=r"could be embedded: kills its worker \(signal 9\)"):
        stage("embed", MODELS[0])


def test_a_file_that_changed_after_the_catalogue_is_named(project: Path) -> None:
    shutil.rmtree(LAYOUT.store, ignore_errors=True)
    file = sorted((LAYOUT.images("sample") / "test/query").iterdir())[0]
    file.write_bytes(file.read_bytes() + b"other")
    for name, arguments in (("faces", ()), ("embed", (MODELS[0],))):
        with pytest.raises(LookalikeError, match=f"{file.name}: other bytes, but the catalogue lists it"):
            stage(name, *arguments)


def test_a_damaged_shard_is_computed_anew(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run()
    before = outputs()
    for store in list(stores(LAYOUT.store)):
        path = store.paths()[0]
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 4
        path.write_bytes(data)
    run()
    assert outputs() == before
    assert capsys.readouterr().err.count("damaged") >= 3
