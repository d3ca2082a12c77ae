"""Images that kill their worker: told, counted, and left out of what follows, while the rest goes on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lookalike.embedding.table import EmbeddingTable, shared
from lookalike.engine.engine import Images, complete
from lookalike.engine.executors.base import Part
from lookalike.engine.executors.local import LocalExecutor
from lookalike.engine.face_source import TabledFaces
from lookalike.engine.faces import FaceJob, FoundFaces, face_key, face_table
from lookalike.engine.model import Model
from lookalike.engine.rows import Rows, from_hex
from lookalike.engine.shown import shown
from lookalike.engine.store import Store
from lookalike.engine.vectors import VectorJob
from lookalike.faces.fallback import central_face
from lookalike.faces.summary import summarise
from lookalike.kit.errors import LookalikeError
from tests.engine.album import FACES, Deadly, listed
from tests.faces.conftest import central
from tests.faces.conftest import listed as catalogued


def test_an_image_that_kills_its_worker_is_told_and_gets_a_central_face(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images, job = listed(drawn), Deadly(drawn, tmp_path, FACES, face_key(FACES))
    store = Store(tmp_path, job.key)
    rows = complete(
        job,
        lambda: images.distinct(store.unknown(images.digest)),
        lambda: store.rows(images.digest),
        LocalExecutor(1),
        "finding faces",
    )
    assert images.image_id[~rows.ok].tolist() == ["03.jpg"]
    assert rows.status[3] == "kills its worker (signal 11)"
    assert "lookalike: 03.jpg: set aside: kills its worker (signal 11)" in capsys.readouterr().err
    size = np.full((len(rows), 2), (160, 120))
    faces = face_table(images.image_id, rows, size)
    expected = central_face(160, 120)
    assert np.array_equal(faces.box[3], expected.box) and np.array_equal(faces.landmarks[3], expected.landmarks)
    assert faces.detector[3] == expected.detector and faces.score[3] == 0
    assert "mtcnn" in faces.detector
    told = summarise(catalogued(dict.fromkeys(images.image_id, (160, 120))), faces, int((~rows.ok).sum()))
    assert told["set_aside"] == 1


def test_where_all_are_set_aside_all_faces_are_central() -> None:
    digest = from_hex(np.array(["1" * 64, "2" * 64], dtype=object))
    names = np.array(["a", "b"], dtype=object)
    faces = face_table(names, Rows.aside(digest, "kills its worker"), np.array([[10, 20], [30, 40]]))
    assert np.array_equal(faces.points, central(catalogued({"a": (10, 20), "b": (30, 40)})).points)


def one(images: Images, row: int) -> Part:
    return Part(0, ((images.sha256[row], images.image_id[row]),))


def test_set_aside_while_embedding_is_kept_under_what_was_shown(
    drawn: Path, models: tuple[Model, ...], tmp_path: Path
) -> None:
    images = listed(drawn)
    faces = central(catalogued(dict.fromkeys(images.image_id, (160, 160))))
    faces.write(tmp_path / "faces.parquet")
    job = VectorJob(drawn, tmp_path, TabledFaces(tmp_path / "faces.parquet"), tuple((m, m.key()) for m in models))
    job.set_aside(one(images, 2), "kills its worker (signal 9)")
    for model in models:
        store, under = Store(tmp_path, model.key()), shown(images.sha256, faces, model.crop)
        assert store.unknown(under).nonzero()[0].tolist() == [row for row in range(len(under)) if row != 2]
        assert store.rows(under[2:3]).status.tolist() == ["kills its worker (signal 9)"]


def test_set_aside_in_one_pass_is_kept_where_the_face_would_be(
    drawn: Path, models: tuple[Model, ...], tmp_path: Path
) -> None:
    images, found = listed(drawn), FaceJob(drawn, tmp_path, FACES, face_key(FACES))
    store = Store(tmp_path, found.key)
    job = VectorJob(drawn, tmp_path, FoundFaces(found), ((models[0], models[0].key()),))
    job.set_aside(one(images, 0), "kills its worker (signal 9)")
    assert store.rows(images.digest[:1]).status.tolist() == ["kills its worker (signal 9)"]
    assert len(Store(tmp_path, models[0].key()).known()) == 0
    # With its face known, it died of what came after.
    found.start()(one(images, 1))
    job.set_aside(one(images, 1), "kills its worker (signal 9)")
    assert store.rows(images.digest[1:2]).ok.all()
    assert len(Store(tmp_path, models[0].key()).known()) == 1


def table(*names: str, **metadata: str) -> EmbeddingTable:
    ids = np.array(names, dtype=object)
    same = {key: np.full(len(ids), value, dtype=object) for key, value in (("domain", "real"), ("label", None))}
    split = np.full(len(ids), "query", dtype=object)
    return EmbeddingTable(ids, split, **same, embedding=np.eye(len(ids), 4, dtype=np.float32), metadata=metadata)


def test_models_are_fused_over_the_images_that_all_embedded() -> None:
    whole, lacking = table("a", "b", "c"), table("a", "c", set_aside="1")
    for part in shared([whole, lacking]):
        assert part.image_id.tolist() == ["a", "c"]
    assert np.array_equal(shared([whole, lacking])[0].embedding, whole.embedding[[0, 2]])
    assert [part.image_id.tolist() for part in shared([lacking, table("b", "c", set_aside="1")])] == [["c"], ["c"]]
    for other in (table("a", "c"), table("a", "x", set_aside="1"), replace(lacking, metadata={"set_aside": "0"})):
        with pytest.raises(LookalikeError, match="not of the same images"):
            shared([whole, other])


def test_a_face_table_of_other_images_is_refused() -> None:
    faces = central(catalogued({"a": (8, 8)}))
    assert faces.require(np.array(["a"], dtype=object)) is faces
    for names in (["b"], ["a", "b"]):
        with pytest.raises(LookalikeError, match="another catalogue"):
            faces.require(np.array(names, dtype=object))


def test_a_catalogue_is_listed_by_bytes(tmp_path: Path) -> None:
    """Of copies, one is computed."""
    for name, data in (("a.png", b"1"), ("b.png", b"2"), ("c.png", b"1")):
        (tmp_path / name).write_bytes(data)
    images = listed(tmp_path)
    assert [path for _, path in images.distinct(np.ones(3, dtype=bool))] == ["a.png", "b.png"]
    assert [path for _, path in images.distinct(np.array([False, True, True]))] == ["b.png", "c.png"]
