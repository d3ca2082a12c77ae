"""A submission is worth what its ranking is worth."""

from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.table import Catalog
from lookalike.kit.errors import LookalikeError
from lookalike.metrics.judgement import Truth, judge
from lookalike.metrics.submission import answers, write_submissions
from lookalike.params.load import load_params
from lookalike.retrieval.ranking import Ranking
from lookalike.tools.submit.read import read_submission
from lookalike.tools.submit.score import SYSTEM, judge_submission, score_submission

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
    figures = score_submission(one_right, truth, PARAMS)
    # 1000 for query 0, 400 for query 1, nothing for 2, and nothing for the three that are missing.
    assert figures["systems"][SYSTEM]["points"] == pytest.approx(1400 / 6, abs=1e-6)
    assert figures["queries"]["missed"] == {SYSTEM: 3}


def test_an_image_named_twice_counts_once(truth: Truth) -> None:
    hits = judge_submission({"0.jpg": ["1.jpg", "1.jpg", "0.jpg"]}, truth).hit
    assert hits[0].tolist() == [False, True]


def test_an_image_of_another_gallery_is_told(truth: Truth) -> None:
    with pytest.raises(LookalikeError, match=r"1 images .* \['stranger.jpg'\]"):
        judge_submission({"0.jpg": ["stranger.jpg"]}, truth)
