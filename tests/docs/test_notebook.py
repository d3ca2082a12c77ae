"""The blocks of docs/how-to/notebook.md, run one after the other on a finished run, as a reader would."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT, blocks
from tests.docs.workshop import Workshop
from tests.e2e.project import Project

pytestmark = pytest.mark.e2e

PAGE = ROOT / "docs/how-to/notebook.md"


@pytest.fixture(scope="module")
def names(finished_project: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the page's blocks have defined; the run is committed on `main`."""
    workshop = Workshop.copy_of(finished_project, tmp_path_factory.mktemp("notebook"))
    defined: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workshop.root)
        for block in blocks():
            if block.page == PAGE and block.tag == "python":
                exec(compile(block.text, str(block), "exec"), defined)
        # The run is read where the reader stands, when it is asked.
        defined["scores"] = defined["run"].scores
    return defined | {"root": workshop.root}


def first_hits(root: Path) -> list[dict[str, str]]:
    with (root / "metrics/first_hits.csv").open(newline="") as stream:
        return [*csv.DictReader(stream)]


def test_the_scores_are_those_of_metrics_json(names: dict[str, Any]) -> None:
    systems = json.loads((names["root"] / "metrics/metrics.json").read_text())["systems"]
    assert names["scores"]["points"].to_dict() == {name: figures["points"] for name, figures in systems.items()}


def test_the_misses_are_those_of_the_table_in_git(names: dict[str, Any]) -> None:
    missed = {row["query_id"] for row in first_hits(names["root"]) if row["ensemble"] != "1"}
    assert set(names["misses"]["query_id"]) == missed


def test_the_join_gives_every_query_its_label(names: dict[str, Any]) -> None:
    rows = first_hits(names["root"])
    assert len(names["queries"]) == len(rows) * (len(rows[0]) - 1)
    labelled = names["queries"].groupby("query_id")["label"].nunique()
    assert (labelled == 1).all()
    assert names["by_identity"]["sface"].between(0, 1).all()


def test_the_workspace_and_the_commit_of_it_are_the_same_run(names: dict[str, Any]) -> None:
    assert names["lost"] == set()
    assert names["before"].name == "main"
