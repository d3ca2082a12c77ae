"""A folder of `test/query` through the stages: its photographs are one query."""

import csv
import json
from pathlib import Path

import pytest

from lookalike.metrics.judgement import Truth
from lookalike.retrieval.ranking import Ranking
from lookalike.run.layout import Layout
from lookalike.run.run import Run
from lookalike.tools.search.searcher import Searcher
from tests.tools.search.conftest import MODELS, finished, networks, project, stage

__all__ = ["finished", "networks", "project"]
LAYOUT = Layout()
QUERY = LAYOUT.images("sample") / "test/query"


def regrouped(groups: dict[str, list[str]]) -> None:
    """Move photographs into folders, with their labels, and run what follows."""
    truth = LAYOUT.images("sample") / "ground_truth.csv"
    rows = list(csv.reader(truth.open()))
    identity = {name: who for _, name, who in rows}
    for folder, names in groups.items():
        (QUERY / folder).mkdir()
        for name in names:
            (QUERY / name).rename(QUERY / folder / name)
    moved = {name for names in groups.values() for name in names}
    rows = [row for row in rows if row[0] != "query" or row[1] not in moved]
    rows += [["query", folder, identity[names[0]]] for folder, names in groups.items()]
    with truth.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    for name in ("catalog", "faces"):
        stage(name)
    for model in MODELS:
        stage("embed", model)
        stage("rank", model)
    for name in ("fuse", "score"):
        stage(name)


def answers(system: str) -> dict[str, dict[str, float]]:
    ranking = Ranking.read(LAYOUT.ranking(system))
    return {
        query: dict(zip(ranking.gallery_id[order], score.tolist(), strict=True))
        for query, order, score in zip(ranking.query_id, ranking.order, ranking.score, strict=True)
    }


def test_a_folder_is_one_query_from_labels_to_submission(project: Path) -> None:
    truth = Truth.of(Run(project).files.catalog)
    before = answers("ensemble")
    names = sorted(path.name for path in QUERY.iterdir())
    of = {name: truth.query_label[list(truth.query_id).index(f"test/query/{name}")] for name in names}
    first = [name for name in names if of[name] == of[names[0]]]
    alone = next(name for name in names if of[name] != of[names[0]])
    left = [f"test/query/{name}" for name in names if name not in (*first, alone)]
    regrouped({"ann": first, "lone": [alone]})
    (QUERY / "lone/broken.jpg").write_bytes(b"no image")
    (QUERY / "lost").mkdir()
    (QUERY / "lost/broken.jpg").write_bytes(b"")
    stage("catalog")
    stage("score")
    after = answers("ensemble")
    assert sorted(after) == sorted(["test/query/ann", "test/query/lone", *left])
    # One photograph in a folder asks as it did without; so do those that never moved.
    assert after["test/query/lone"] == pytest.approx(before[f"test/query/{alone}"], abs=1e-6)
    for query in left:
        assert after[query] == pytest.approx(before[query], abs=1e-6)
    for one in first:
        assert after["test/query/ann"] != pytest.approx(before[f"test/query/{one}"], abs=1e-6)
    # A search by the same photographs gives the same answer.
    photos = sorted((QUERY / "ann").iterdir())
    found = Searcher.open(project).search_person(photos, "ensemble", 100)
    searched = {match.image_id: match.score for match in found.matches}
    assert searched == pytest.approx(after["test/query/ann"], abs=2e-3)
    assert len(found.seen) == len(photos) == 2
    scored = Run(project).queries.query("system == 'ensemble'").set_index("query_id")
    assert sorted(scored.index) == sorted(after)
    submitted = json.loads((LAYOUT.submissions / "submission.json").read_text())["images"]
    assert {"ann", "lone", "lost"} < set(submitted) and submitted["lost"] == []
    assert (
        Path(submitted["ann"][0]).name == max(after["test/query/ann"], key=after["test/query/ann"].get).split("/")[-1]
    )
    shown = Run(project).answers("ensemble", 1).set_index("query_id")
    right = shown.loc["test/query/ann", "right"]
    assert bool(right) == (scored.loc["test/query/ann", "first_hit"] == 1)
