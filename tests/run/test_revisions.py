import json
import shutil
from pathlib import Path

import pytest
import yaml

from lookalike.kit.errors import LookalikeError
from lookalike.retrieval.ranking import Ranking
from lookalike.run.revisions import Revision

PARAMS = Path("params.yaml")
RANKING = Path("data/rankings/ensemble.parquet")


def shift(revision: Revision) -> str:
    return yaml.safe_load(revision.text(PARAMS))["retrieval"]["shift"]


@pytest.mark.parametrize(
    ("name", "expected"), [("main", "none"), ("HEAD", "none"), ("blurred", "centre"), ("workspace", "coral")]
)
def test_a_name_leads_to_the_files_of_its_run(project: Path, tmp_path: Path, name: str, expected: str) -> None:
    revision = Revision.find(name)
    assert shift(revision) == expected
    ranking = Ranking.read(revision.fetch(RANKING, tmp_path / "fetched"))
    first_hits = revision.text(Path("metrics/first_hits.csv")).splitlines()
    assert len(first_hits) == 1 + len(ranking.query_id)


def test_the_fetched_ranking_is_that_of_the_revision(project: Path, tmp_path: Path) -> None:
    now = Ranking.read(RANKING)
    was = Ranking.read(Revision.find("main").fetch(RANKING, tmp_path))
    assert was.score.tolist() != now.score.tolist()
    shutil.copyfile(Revision.find("main").fetch(RANKING, tmp_path / "b"), RANKING)
    assert Ranking.read(RANKING).score.tolist() == was.score.tolist()


@pytest.mark.parametrize("name", ["nowhere", "-x", "refs/exps/none"])
def test_an_unknown_name_is_a_clear_error(project: Path, name: str) -> None:
    with pytest.raises(LookalikeError, match=f"{name}.*dvc exp list"):
        Revision.find(name)


@pytest.mark.parametrize("name", ["main", "workspace"])
def test_a_file_that_is_not_there_is_a_clear_error(project: Path, name: str) -> None:
    with pytest.raises(LookalikeError, match=rf"other\.json is not in {name}.*dvc repro"):
        Revision.find(name).json(Path("other.json"))


def test_a_damaged_file_is_named(project: Path) -> None:
    Path("metrics/metrics.json").write_text('{"dataset": ')
    with pytest.raises(LookalikeError, match=r"metrics\.json of workspace: not valid JSON"):
        Revision.find("workspace").json(Path("metrics/metrics.json"))


def test_a_file_that_git_holds_is_fetched_too(project: Path, tmp_path: Path) -> None:
    copy = Revision.find("main").fetch(PARAMS, tmp_path / "fetched")
    assert yaml.safe_load(copy.read_text())["retrieval"]["shift"] == "none"
    with pytest.raises(LookalikeError, match=r"other\.json: no such file"):
        Revision.find("workspace").fetch(Path("other.json"), tmp_path)


def test_a_file_that_the_cache_lost_tells_how_to_get_it(project: Path, tmp_path: Path) -> None:
    shutil.rmtree(".dvc/cache")
    with pytest.raises(LookalikeError, match=r"ensemble\.parquet of main.*dvc fetch.*dvc repro"):
        Revision.find("main").fetch(RANKING, tmp_path)


def test_below_a_folder_of_a_larger_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess

    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "a.json").write_text(json.dumps({"a": 1}))
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.chdir(inner)
    assert Revision.find("main").json(Path("a.json")) == {"a": 1}
