"""A finished run, held against its files as other libraries and git read them."""

import csv
import gc
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.made_up_run import MadeUpRun, draw_dataset, write_run
from lookalike.kit.errors import LookalikeError
from lookalike.run.layout import Layout
from lookalike.run.run import Run

SYSTEMS = {"sface": 2.2, "dlib": 3.5, "ensemble": 2.0}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 4 identities, whose first query no system could embed."""
    folder, rng = tmp_path_factory.mktemp("run"), np.random.default_rng(3)
    catalog = draw_dataset(Layout(folder).images("made-up"), ("anna", "bela", "carlo", "dora"), 5, 16, rng)
    write_run(folder, "made-up", catalog, MadeUpRun(SYSTEMS, unanswered=1), rng)
    return folder


def git_show(root: Path, path: str) -> str:
    return subprocess.run(["git", "show", path], cwd=root, capture_output=True, text=True, check=True).stdout


def first_answers(root: Path, system: str) -> dict[str, str]:
    """Return query -> the gallery image that its ranking names first, from the file itself."""
    rows = pq.read_table(root / f"data/rankings/{system}.parquet").to_pylist()
    return {row["query_id"]: row["gallery_id"] for row in rows if row["rank"] == 1}


def labels(root: Path) -> dict[str, str]:
    return {row["image_id"]: row["label"] for row in pq.read_table(root / "data/catalog.parquet").to_pylist()}


def test_scores_are_those_of_metrics_json_best_first(root: Path) -> None:
    scores = Run(root).scores
    metrics = json.loads((root / "metrics/metrics.json").read_text())["systems"]
    assert scores.to_dict("index") == metrics
    assert scores["points"].is_monotonic_decreasing
    assert [*scores.columns[:4]] == ["points", "points_low", "points_high", "top1"]
    assert scores.index.name == "system"


def test_the_catalog_and_the_queries_are_the_files(root: Path) -> None:
    run = Run(root)
    assert run.catalog.to_dict("records") == pq.read_table(root / "data/catalog.parquet").to_pylist()
    with (root / "metrics/first_hits.csv").open() as stream:
        expected = {row["query_id"]: {name: int(row[name]) for name in SYSTEMS} for row in csv.DictReader(stream)}
    assert run.queries.pivot(index="query_id", columns="system", values="first_hit").to_dict("index") == expected


@pytest.mark.parametrize("system", SYSTEMS)
def test_misses_are_the_queries_whose_first_answer_has_another_label(root: Path, system: str) -> None:
    label, first = labels(root), first_answers(root, system)
    asked = [name for name in label if name.startswith("test/query/")]
    expected = {name: first.get(name) for name in asked if name not in first or label[first[name]] != label[name]}
    misses = Run(root).misses(system)
    assert len(expected) > 1
    given = misses["answer"].astype(object).where(misses["answer"].notna(), None)
    assert dict(zip(misses["query_id"], given, strict=True)) == expected
    assert misses["label"].tolist() == [label[name] for name in misses["query_id"]]
    answered = misses[misses["answer"].notna()]
    assert answered["answer_label"].tolist() == [label[name] for name in answered["answer"]]


def test_the_surest_mistake_stands_first_and_a_query_without_an_answer_last(root: Path) -> None:
    misses = Run(root).misses("dlib")
    answered = misses[misses["answer"].notna()]
    assert answered["score"].is_monotonic_decreasing
    assert [*misses["query_id"][len(answered) :]] == [min(name for name in labels(root) if "query" in name)]


def test_answers_say_what_was_given_and_whether_it_is_right(root: Path) -> None:
    answers, label = Run(root).answers("sface", top=3), labels(root)
    rows = pq.read_table(root / "data/rankings/sface.parquet").to_pylist()
    expected = [(row["query_id"], row["rank"], row["gallery_id"]) for row in rows if row["rank"] <= 3]
    assert [*zip(answers["query_id"], answers["rank"], answers["answer"], strict=True)] == expected
    assert answers["right"].tolist() == [label[query] == label[answer] for query, _, answer in expected]


def test_a_history_has_a_row_an_epoch(root: Path) -> None:
    assert Run(root).history("sface")["epoch"].tolist() == [*range(1, 13)]


def test_images_lead_to_the_pictures(root: Path) -> None:
    run = Run(root)
    assert (run.images / run.catalog["image_id"][0]).is_file()


def test_an_unlabelled_run_has_answers_and_no_scores(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    catalog = draw_dataset(Layout(tmp_path).images("made-up"), ("anna", "bela"), 3, 16, rng)
    catalog.label[:] = None
    write_run(tmp_path, "made-up", catalog, MadeUpRun({"sface": 1.0, "ensemble": 1.0}), rng)
    run = Run(tmp_path)
    assert run.files.systems == ["ensemble", "sface"]
    assert run.scores.shape == (2, 0)
    assert len(run.misses("sface")) == 0
    assert not run.answers("sface")["right"].any()


@pytest.mark.parametrize("table", ["misses", "answers", "history"])
def test_an_unknown_system_is_told_with_the_known_ones(root: Path, table: str) -> None:
    with pytest.raises(LookalikeError, match="sfaec: the run has .*sface"):
        getattr(Run(root), table)("sfaec")


def test_a_folder_without_a_run_is_told_when_something_is_asked_for(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for table in ("scores", "queries", "catalog"):
        with pytest.raises(LookalikeError, match="dvc repro"):
            getattr(run, table)


@pytest.mark.parametrize("revision", ["main", "blurred"])
def test_a_revision_is_read_from_anywhere(
    made_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    monkeypatch.chdir(tmp_path)
    run, commit = Run(made_project, rev=revision), Run(made_project, rev=revision).files.revision.commit
    metrics = json.loads(git_show(made_project, f"{commit}:metrics/metrics.json"))
    assert run.scores.to_dict("index") == metrics["systems"]
    assert run.scores.to_dict("index") != Run(made_project).scores.to_dict("index")
    ranks = csv.DictReader(io.StringIO(git_show(made_project, f"{commit}:metrics/first_hits.csv")))
    missed = {row["query_id"] for row in ranks if row["sface"] != "1"}
    assert set(run.misses("sface")["query_id"]) == missed
    assert run.files.settings["retrieval.shift"] == {"main": "none", "blurred": "centre"}[revision]


def test_what_was_read_is_not_read_again(project: Path) -> None:
    run = Run(rev="main")
    once = run.files.catalog
    (project / ".dvc/cache").rename(project / "moved")
    assert run.files.catalog is once
    assert run.files.path(Layout().catalog).is_file()
    with pytest.raises(LookalikeError, match=r"rankings/sface\.parquet of main is not in DVC's cache"):
        run.misses("sface")


def test_copies_of_a_revision_go_with_the_run(project: Path) -> None:
    run = Run(rev="main")
    copy = run.files.path(Layout().catalog)
    assert copy.is_file() and copy != Layout().catalog
    del run
    gc.collect()  # DVC keeps an exception that it caught, and with it the frames it passed
    assert not copy.exists()


def test_a_run_can_be_named_without_pandas() -> None:
    code = "import sys; from lookalike.run.run import Run; Run(); sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_layout_needs_the_standard_library_alone() -> None:
    code = "import sys; import lookalike.run.layout; sys.exit(bool({'numpy', 'yaml', 'pandas'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_rate_is_the_same_number_however_it_is_written(tmp_path: Path) -> None:
    """DVC writes 5e-05, which by YAML 1.1 is a text."""
    for written in ("5e-05", "5.0e-5"):
        (tmp_path / "params.yaml").write_text(f"models: {{one: {{rate: {written}}}}}\n")
        assert Run(tmp_path).files.settings == {"models.one.rate": 5e-05}
