"""Answers against those of the stages, which see all queries at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.faces.pixels import Reader
from lookalike.faces.table import FaceTable
from lookalike.fusion import confidence, standing
from lookalike.fusion.confidence import Confidence
from lookalike.fusion.curve import Curve
from lookalike.kit.errors import LookalikeError
from lookalike.kit.images.decode import UnreadableImage
from lookalike.retrieval.ranking import Ranking
from lookalike.tools.search import searcher as searching
from lookalike.tools.search.answer import Answer
from lookalike.tools.search.calibration import SystemConfidence
from lookalike.tools.search.encoder import Encoder
from lookalike.tools.search.searcher import Searcher
from tests.tools.search.conftest import MODELS

IMAGES = Path("data/raw/sample")
# A detector that sees one photograph rounds otherwise than one that sees sixteen.
CLOSE = 2e-3


def queries(root: Path) -> list[Path]:
    return sorted((root / IMAGES / "test/query").iterdir())


def scores(answer: Answer) -> dict[str, float]:
    return {match.image_id: match.score for match in answer.matches}


def test_the_systems_are_the_models_and_then_the_ensemble(searcher: Searcher) -> None:
    assert searcher.systems == (*MODELS, "ensemble")


@pytest.mark.parametrize("system", [*MODELS, "ensemble"])
def test_one_query_is_ranked_as_the_stages_ranked_all(
    searcher: Searcher, finished: Path, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def embed(self: Encoder, model: str, read: Reader, images: Catalog, faces: FaceTable | None) -> np.ndarray:
        table = EmbeddingTable.read(finished / f"data/embeddings/{model}.parquet")
        return table.embedding[table.image_id == f"test/query/{images.image_id[0]}"]

    monkeypatch.setattr(Encoder, "embed", embed)
    monkeypatch.setattr(Encoder, "find", lambda *_: None)
    for photo in queries(finished):
        expected = ranked(finished, system, photo)
        found = scores(searcher.search(photo, system, 100))
        assert list(found) == list(expected)
        assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("system", MODELS)
def test_a_query_of_the_run_is_embedded_as_its_stages_did(searcher: Searcher, finished: Path, system: str) -> None:
    for photo in queries(finished)[::2]:
        found = scores(searcher.search(photo, system, 100))
        assert found == pytest.approx(ranked(finished, system, photo), abs=CLOSE)


def ranked(root: Path, system: str, photo: Path) -> dict[str, float]:
    """Return the gallery's scores as the stages wrote them, best first."""
    ranking = Ranking.read(root / f"data/rankings/{system}.parquet")
    row = list(ranking.query_id).index(f"test/query/{photo.name}")
    return dict(zip(ranking.gallery_id[ranking.order[row]], ranking.score[row].tolist(), strict=True))


def test_an_answer_holds_the_face_and_as_many_matches_as_were_asked_for(searcher: Searcher, finished: Path) -> None:
    answer = searcher.search(queries(finished)[0], "ensemble", 4)
    assert (answer.system, answer.width, answer.height, len(answer.matches)) == ("ensemble", 128, 128, 4)
    assert answer.face is not None
    x1, y1, x2, y2 = answer.face.box
    assert 0 < x2 - x1 < 128 and 0 < y2 - y1 < 160
    assert answer.face.landmarks.shape == (5, 2)
    assert all(match.path == finished / IMAGES / match.image_id and match.path.is_file() for match in answer.matches)


def test_a_gallery_of_a_few_images_says_that_nothing_is_known(searcher: Searcher, finished: Path) -> None:
    answer = searcher.search(queries(finished)[0], "sface", 9)
    assert {match.probability for match in answer.matches} == {None}
    assert "no validation gallery has the 64 images" in answer.unknown
    assert not answer.refused(1.0)


def test_a_likelier_match_is_one_of_a_higher_score(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curves = Curve((2.0,), -1.0, ((0.01, 0.0), (0.0, 0.01))), Curve((2.0, 0.0), -1.0, ((0.01, 0.0, 0.0),) * 3)
    known = SystemConfidence(Confidence("", *curves, (0.0, 9.0), (0.0, 9.0), 1.0, 1.0, 100))
    for module in (confidence, standing):
        monkeypatch.setattr(module, "LEAST", 4)
    monkeypatch.setattr(searching, "calibrate_system", lambda run, system, gallery: known)
    answer = Searcher.open(finished).search(queries(finished)[0], "sface", 9)
    assert (answer.unknown, answer.refused(1.0)) == ("", True)
    matches = answer.matches
    assert all(match.low <= match.probability <= match.high for match in matches)
    likely = [match.probability for match in matches]
    assert all(value is not None and 0 < value < 1 for value in likely)
    assert likely == sorted(likely, reverse=True)


def test_a_gallery_image_is_not_its_own_lookalike(searcher: Searcher, finished: Path) -> None:
    name = searcher.search(queries(finished)[0], "ensemble", 1).matches[0].image_id
    answer = searcher.search_by(name, "ensemble", 100)
    everyone = {f"test/gallery/{path.name}" for path in (finished / IMAGES / "test/gallery").iterdir()}
    assert set(scores(answer)) == everyone - {name}
    assert {match.probability for match in answer.matches} == {None}


def test_a_copy_of_a_gallery_image_is_its_nearest_lookalike(project: Path, folder: Path) -> None:
    (folder / "copy.jpg").write_bytes((folder / "2.jpg").read_bytes())
    answer = Searcher.open(project, folder).search_by("2.jpg", "sface", 1)
    assert answer.matches[0].image_id == "copy.jpg"


def test_a_photograph_as_the_gallery_of_one_image(project: Path, tmp_path: Path) -> None:
    lone = tmp_path / "lone"
    lone.mkdir()
    (lone / "only.jpg").write_bytes(queries(project)[0].read_bytes())
    searcher = Searcher.open(project, lone)
    assert [match.image_id for match in searcher.search(queries(project)[1], "ensemble", 5).matches] == ["only.jpg"]
    assert searcher.search_by("only.jpg", "ensemble", 5).matches == ()


def test_a_photograph_without_a_face_is_cut_in_the_middle(searcher: Searcher, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((60, 90, 3), 90, np.uint8))
    answer = searcher.search(tmp_path / "grey.png", "sface", 1)
    assert answer.face is not None and answer.face.detector == "centre"
    x1, y1, x2, y2 = answer.face.box
    assert (x1 + x2) / 2 == pytest.approx(45, abs=1) and (y1 + y2) / 2 == pytest.approx(30, abs=3)
    assert 45 < x2 - x1 < 90 and 30 < y2 - y1 < 60


def test_an_image_that_became_a_link_out_of_the_folder_has_no_path(project: Path, folder: Path) -> None:
    searcher = Searcher.open(project, folder)
    assert searcher.image_path("1.jpg") == folder / "1.jpg"
    (folder / "1.jpg").unlink()
    (folder / "1.jpg").symlink_to(project / "params.yaml")
    with pytest.raises(LookalikeError, match="leads out of"):
        searcher.image_path("1.jpg")


def test_an_unknown_system_is_told_with_the_nearest(searcher: Searcher, finished: Path) -> None:
    with pytest.raises(LookalikeError, match="unknown model 'sfase'; did you mean sface"):
        searcher.search(queries(finished)[0], "sfase", 1)
    with pytest.raises(LookalikeError, match="the run has sface, effnet_frozen, ensemble"):
        searcher.search(queries(finished)[0], "zzz", 1)


def test_what_is_not_an_image_is_refused(searcher: Searcher, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    with pytest.raises(UnreadableImage, match="text.jpg: not an image"):
        searcher.search(tmp_path / "text.jpg", "sface", 1)
    with pytest.raises(UnreadableImage, match="no such file"):
        searcher.search(tmp_path / "missing.jpg", "sface", 1)


def test_weights_are_missed_only_when_they_are_needed(project: Path) -> None:
    (project / "data/weights/sface.weights").unlink()
    searcher = Searcher.open(project)
    searcher.search(queries(project)[0], "effnet_frozen", 1)
    with pytest.raises(LookalikeError, match=r"sface.weights: no such file.*dvc repro"):
        searcher.search(queries(project)[0], "sface", 1)


def test_searches_at_once_answer_as_searches_one_by_one(finished: Path, searcher: Searcher) -> None:
    photos = queries(finished)[:4] * 2

    def found(photo: Path) -> list[tuple[str, float]]:
        return [(match.image_id, match.score) for match in searcher.search(photo, "ensemble", 5).matches]

    one_by_one = [found(photo) for photo in photos]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(found, photos)) == one_by_one
