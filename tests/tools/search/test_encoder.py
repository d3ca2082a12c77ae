"""Faces that are missed or doubtful when few images are looked at, and how often a photograph is decoded."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookalike.faces.detectors import Detectors
from lookalike.faces.pixels import file_reader
from lookalike.faces.table import Face, FaceTable
from lookalike.tools.search.encoder import Encoder
from lookalike.tools.search.gallery import catalogued
from lookalike.tools.search.photograph import Photo, embed_photograph
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.searcher import Searcher
from tests.tools.search.conftest import MODELS

CORNER = np.array([2, 2, 12, 12], np.float32)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the area that two boxes share over the area that they cover."""
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = max(width, 0) * max(height, 0)
    return float(shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared))


@pytest.mark.parametrize("detector", [None, "mtcnn"])
def test_a_face_missed_or_taken_for_another_is_looked_for_where_faces_usually_are(
    finished: Path, monkeypatch: pytest.MonkeyPatch, detector: str | None
) -> None:
    run = SearchRun.read(finished)
    images, faces = catalogued(run)
    assert faces is not None
    row = int(np.flatnonzero((faces.detector == "mtcnn") & (images.split == "query"))[0])
    one, true = images.rows(np.array([row])), faces.face(row)
    wrong = replace(true, box=CORNER, landmarks=true.landmarks / 10)
    monkeypatch.setattr(Detectors, "detect", lambda *_: wrong if detector else None)
    found = Encoder(run).find(file_reader(run.images), one)
    assert found is not None and found.detector[0] == "guess"
    assert overlap(found.box[0], true.box) > 0.6


def test_a_few_images_do_not_believe_a_mistake_that_they_share(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = SearchRun.read(finished)
    images, faces = catalogued(run)
    assert faces is not None
    few = np.flatnonzero((faces.detector == "mtcnn") & (images.split == "query"))[:4]
    wrong = Face("mtcnn", 0.9, CORNER, np.full((5, 2), 7, np.float32))
    monkeypatch.setattr(Detectors, "detect", lambda *_: wrong)
    found = Encoder(run).find(file_reader(run.images), images.rows(few))
    assert found is not None and found.detector.tolist() == ["guess"] * 4
    assert all(overlap(*boxes) > 0.5 for boxes in zip(found.box, faces.box[few], strict=True))


def test_a_table_of_faces_keeps_its_rows_together() -> None:
    def table(*names: str) -> FaceTable:
        n = len(names)
        score = np.array([ord(name) for name in names], np.float32)
        box, points = np.zeros((n, 4), np.float32), np.zeros((n, 5, 2), np.float32)
        return FaceTable(np.array(names, dtype=object), np.full(n, "mtcnn", dtype=object), score, box, points)

    together = table("b", "d").joined(table("a", "c"))
    assert "".join(together.image_id) == "abcd"
    assert together.score.tolist() == [97, 98, 99, 100]


def test_a_photograph_is_decoded_once_for_its_face_and_two_models(finished: Path, decoded: list[str]) -> None:
    photo = sorted((finished / "data/raw/sample/test/query").iterdir())[0]
    seen = embed_photograph(Photo(photo), Encoder(SearchRun.read(finished)), MODELS)
    assert seen.face is not None and len(seen.embedding) == 2
    assert decoded == [photo.name]


def test_an_unfound_face_is_looked_for_in_the_same_pixels(
    searcher: Searcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    cv2.imwrite(str(tmp_path / "large.png"), np.full((900, 700, 3), 90, np.uint8))
    answer = searcher.search(tmp_path / "large.png", "ensemble", 3)
    assert answer.face is not None and answer.face.detector == "centre"
    assert decoded == ["large.png"]
