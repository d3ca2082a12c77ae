"""Faces that are missed or doubtful when few images are looked at."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lookalike.faces.table import FaceTable
from lookalike.tools.search.company import Company
from lookalike.tools.search.encoder import Encoder
from lookalike.tools.search.facerows import joined, rows_of
from lookalike.tools.search.gallery import catalogued
from lookalike.tools.search.run import SearchRun

CORNER = np.array([[2, 2, 12, 12]], np.float32)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the area that two boxes share over the area that they cover."""
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = max(width, 0) * max(height, 0)
    return float(shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared))


@pytest.mark.parametrize("detector", ["median", "guess", "mtcnn"])
def test_a_face_is_looked_for_where_like_images_have_theirs(
    finished: Path, monkeypatch: pytest.MonkeyPatch, detector: str
) -> None:
    run = SearchRun.read(finished)
    images, faces = catalogued(run)
    assert faces is not None
    row = int(np.flatnonzero((faces.detector == "mtcnn") & (images.split == "query"))[0])
    one, true = images.rows(np.array([row])), rows_of(faces, np.array([row]))
    wrong = replace(true, box=CORNER, detector=np.array([detector], dtype=object), landmarks=true.landmarks / 10)
    others = np.arange(len(images)) != row
    monkeypatch.setattr("lookalike.faces.search.find_faces", lambda *_: wrong)
    company = Company(images.rows(others), rows_of(faces, others))
    found = Encoder(run).find(run.images, one, company)
    assert found is not None and found.detector[0] == "guess"
    assert overlap(found.box[0], true.box[0]) > 0.6


def test_where_nobody_has_a_face_nothing_is_moved(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = SearchRun.read(finished)
    images, faces = catalogued(run)
    assert faces is not None
    nobody = replace(faces, detector=np.full(len(faces), "median", dtype=object))
    monkeypatch.setattr("lookalike.faces.search.find_faces", lambda *_: nobody)
    assert Encoder(run).find(run.images, images, Company(images, nobody)) is nobody


def test_a_table_of_faces_keeps_its_rows_together() -> None:
    def table(*names: str) -> FaceTable:
        n = len(names)
        score = np.array([ord(name) for name in names], np.float32)
        box, points = np.zeros((n, 4), np.float32), np.zeros((n, 5, 2), np.float32)
        return FaceTable(np.array(names, dtype=object), np.full(n, "mtcnn", dtype=object), score, box, points)

    together = joined(table("b", "d"), table("a", "c"))
    assert "".join(together.image_id) == "abcd"
    assert together.score.tolist() == [97, 98, 99, 100]
