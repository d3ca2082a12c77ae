"""The whole pipeline through dvc: what it writes, what an edit reruns, and that two runs agree to the byte."""

import csv
import json
from pathlib import Path

import pytest

from lookalike.retrieval.ranking import Ranking
from tests.e2e.project import Project, clone

pytestmark = pytest.mark.e2e

FUSION = ["tune", "fuse", "score", "report"]


@pytest.fixture
def project(finished_project: Project) -> Project:
    return finished_project


def test_it_ends_in_competition_points(project: Project) -> None:
    metrics = json.loads((project.root / "metrics/metrics.json").read_text())
    assert metrics["dataset"] == "sample"
    assert set(metrics["systems"]) == {"effnet_lite0", "sface", "ensemble"}
    for system in metrics["systems"].values():
        expected = 600 * system["top1"] + 300 * system["top5"] + 100 * system["top10"]
        assert system["points"] == pytest.approx(expected, abs=0.01)
        assert system["points_low"] <= system["points"] <= system["points_high"]
        assert 0 < system["map"] <= 1 and 0 < system["mrr"] <= 1


def test_it_writes_what_it_declares_and_leaves_nothing_half_written(project: Project) -> None:
    assert (project.root / "reports/index.html").stat().st_size > 10_000
    assert {path.name for path in (project.root / "submission").iterdir()} >= {"submission.json"}
    assert not [path for path in project.root.rglob("*.tmp") if ".dvc" not in path.parts]


def test_nothing_changed_nothing_runs(project: Project) -> None:
    assert project.repro() == []


@pytest.mark.parametrize(
    ("key", "value", "stages"),
    [
        ("score.bootstrap", 100, ["score", "report"]),
        ("fusion.grid", 4, FUSION),
        (
            "models.effnet_lite0.train.epochs",
            2,
            ["finetune@effnet_lite0", "embed@effnet_lite0", "rank@effnet_lite0", *FUSION],
        ),
    ],
)
def test_an_edit_reruns_what_it_touches_and_its_return_reruns_nothing(
    project: Project, key: str, value: int, stages: list[str]
) -> None:
    original = (project.root / "params.yaml").read_text()
    before = project.outputs()
    project.edit({key: value})
    assert set(project.repro()) <= set(stages)
    (project.root / "params.yaml").write_text(original)
    assert project.repro() == []
    assert project.outputs() == before


def test_shuffled_test_labels_change_the_score_and_no_ranking(project: Project) -> None:
    rankings = sorted((project.root / "data/rankings").glob("*.parquet"))
    before = [path.read_bytes() for path in rankings]
    points = json.loads((project.root / "metrics/metrics.json").read_text())["systems"]["ensemble"]["points"]
    truth = project.root / "data/raw/sample/ground_truth.csv"
    original = truth.read_text()
    try:
        _shift_labels(truth)
        result = project.dvc("repro", "--downstream", "catalog")
        assert result.returncode == 0, result.stderr
        assert [path.read_bytes() for path in rankings] == before
        after = json.loads((project.root / "metrics/metrics.json").read_text())["systems"]["ensemble"]["points"]
        assert after < points
    finally:
        truth.unlink()
        truth.write_text(original)
        project.repro()


def _shift_labels(truth: Path) -> None:
    """Give every query the next identity's name; the gallery keeps its own."""
    rows = list(csv.DictReader(truth.read_text().splitlines()))
    names = sorted({row["identity"] for row in rows})
    following = dict(zip(names, names[1:] + names[:1], strict=True))
    lines = ["split,filename,identity"]
    for row in rows:
        identity = following[row["identity"]] if row["split"] == "query" else row["identity"]
        lines.append(f"{row['split']},{row['filename']},{identity}")
    # A new file, not an edit in place: the cached original may be linked into the workspace.
    truth.unlink()
    truth.write_text("\n".join(lines) + "\n")


def test_rankings_hold_every_query_and_only_gallery_images(project: Project) -> None:
    ranking = Ranking.read(project.root / "data/rankings/ensemble.parquet")
    assert {name.split("/")[1] for name in ranking.query_id} == {"query"}
    assert {name.split("/")[1] for name in ranking.gallery_id} == {"gallery"}


def test_two_cold_runs_in_two_clones_agree_to_the_byte(project: Project, tmp_path: Path) -> None:
    other = clone(tmp_path)
    other.repro()
    first, second = project.outputs(), other.outputs()
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
