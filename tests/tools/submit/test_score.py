"""A submission is worth what its ranking is worth."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lookalike.catalog.table import Catalog
from lookalike.cli import app
from lookalike.kit.errors import LookalikeError
from lookalike.metrics.judgement import Truth, judge
from lookalike.metrics.submission import answers, write_submissions
from lookalike.params.load import load_params
from lookalike.retrieval.ranking import Ranking
from lookalike.tools.submit.read import read_submission
from lookalike.tools.submit.score import SYSTEM, judge_submission, score_submission
from lookalike.tools.submit.truth import GroundTruth

PARAMS = load_params(Path(__file__).parents[3] / "params.yaml")
QUERIES, GALLERY = (np.array([f"test/{side}/{i}.jpg" for i in range(6)], dtype=object) for side in ("query", "gallery"))
LABELS = np.array(["a", "b", "c"] * 2, dtype=object)


@pytest.fixture
def truth() -> Truth:
    ids = np.concatenate([GALLERY, QUERIES])
    n = len(ids)
    split = np.repeat(np.array(["gallery", "query"], dtype=object), 6)
    same = {name: np.full(n, value, dtype=object) for name, value in (("domain", "real"), ("status", "ok"))}
    side = np.ones(n, np.int32)
    labels = np.concatenate([LABELS, LABELS])
    return Truth.of(Catalog(image_id=ids, split=split, label=labels, width=side, height=side, sha256=ids, **same))


def ranking(seed: int) -> Ranking:
    similarity = np.random.default_rng(seed).random((6, 6)).astype(np.float32)
    return Ranking.from_similarity(QUERIES, GALLERY, similarity, 0)


@pytest.mark.parametrize("name", ["submission.json", "list.json", "data.py", "retrieval.py"])
@pytest.mark.parametrize("seed", range(3))
def test_a_whole_submission_is_judged_as_its_ranking_is(name: str, seed: int, truth: Truth, tmp_path: Path) -> None:
    ranked = ranking(seed)
    write_submissions(tmp_path, "we", answers(ranked, list(QUERIES), 6))
    found, expected = judge_submission(read_submission(tmp_path / name), truth), judge(ranked, truth)
    np.testing.assert_array_equal(found.hit, expected.hit)
    np.testing.assert_array_equal(found.total, expected.total)
    np.testing.assert_array_equal(found.answered, expected.answered)


def test_points_are_those_of_the_competition(truth: Truth) -> None:
    one_right = {"0.jpg": ["0.jpg"], "1.jpg": ["0.jpg", "1.jpg"], "2.jpg": ["0.jpg"]}
    figures = score_submission(one_right, GroundTruth("sample", truth, 0), PARAMS)
    # 1000 for query 0, 400 for query 1, nothing for 2, and nothing for the three that are missing.
    assert figures["systems"][SYSTEM]["points"] == pytest.approx(1400 / 6, abs=1e-6)
    assert figures["queries"]["missed"] == {SYSTEM: 3}


def test_an_image_named_twice_counts_once(truth: Truth) -> None:
    hits = judge_submission({"0.jpg": ["1.jpg", "1.jpg", "0.jpg"]}, truth).hit
    assert hits[0].tolist() == [False, True]


def test_an_image_of_another_gallery_is_told(truth: Truth) -> None:
    with pytest.raises(LookalikeError, match=r"1 images .* \['stranger.jpg'\]"):
        judge_submission({"0.jpg": ["stranger.jpg"]}, truth)


# Right among the first two: 2, 1 and 0.
FISH = {"pike_1.jpg": ["pike_7.jpg", "pike_8.jpg"], "carp_1.jpg": ["carp_7.jpg", "pike_7.jpg"], "eel_1.jpg": []}


@pytest.fixture
def fish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the test images of a rehearsal domain, which no run has catalogued, and a submission."""
    shutil.copyfile(Path(__file__).parents[3] / "params.yaml", tmp_path / "params.yaml")
    for name in ("query/pike_1", "query/carp_1", "query/eel_1", *map("gallery/{}".format, GALLERY_FISH)):
        path = tmp_path / f"data/raw/fish/test/{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    write_submissions(tmp_path, "we", FISH)
    monkeypatch.chdir(tmp_path)
    return tmp_path


GALLERY_FISH = ("pike_7", "pike_8", "carp_7", "eel_7")


def printed(*arguments: str) -> dict[str, float]:
    result = CliRunner().invoke(app, ["score", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["systems"][SYSTEM]


@pytest.mark.parametrize("name", ["submission.json", "list.json", "data.py", "retrieval.py"])
def test_a_rehearsal_domain_is_scored_by_name_prefix_before_any_run(name: str, fish: Path) -> None:
    figures = printed(name, "--dataset", "fish", "--precision-k", "2")
    assert figures["precision_at_2"] == pytest.approx((2 + 1 + 0) / 2 / 3, abs=1e-6)
    assert figures["precision_at_2_low"] < figures["precision_at_2"] < figures["precision_at_2_high"]
    assert figures["points"] == pytest.approx(2000 / 3, abs=1e-6)


def test_the_recipe_says_how_far_precision_looks(fish: Path) -> None:
    assert printed("list.json", "--dataset", "fish")["precision_at_50"] == pytest.approx(3 / 50 / 3, abs=1e-6)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_label_file_is_enough(form: str, fish: Path) -> None:
    if form == "csv":
        rows = [
            ("query", "pike_1", "p"),
            ("gallery", "pike_7", "p"),
            ("query", "carp_1", "c"),
            ("gallery", "carp_7", "c"),
        ]
        text = "split,filename,identity\n" + "".join(f"{a},{b}.jpg,{c}\n" for a, b, c in rows)
    else:
        text = json.dumps({"pike_1.jpg": ["pike_7.jpg"], "carp_1.jpg": ["carp_7.jpg"]})
    Path(f"truth.{form}").write_text(text)
    # pike_8 is not in the file: a wrong answer, as any image without a label is.
    figures = printed("data.py", "--truth", f"truth.{form}", "--precision-k", "2")
    assert (figures["points"], figures["precision_at_2"]) == (1000.0, 0.5)


def test_labels_of_another_dataset_are_told(fish: Path) -> None:
    Path("truth.json").write_text('{"someone.jpg": ["else.jpg"]}')
    result = CliRunner().invoke(app, ["score", "data.py", "--truth", "truth.json"])
    assert result.exit_code == 1
    assert "truth.json: labels none of the submission's images" in result.stderr


def test_labels_come_from_one_place(fish: Path) -> None:
    result = CliRunner().invoke(app, ["score", "data.py", "--truth", "truth.json", "--dataset", "fish"])
    assert "name one of them" in result.stderr
