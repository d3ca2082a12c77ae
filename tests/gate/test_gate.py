import json
import subprocess
from pathlib import Path

import pytest

from lookalike.errors import LookalikeError
from lookalike.gate import judge, markdown
from lookalike.revisions import read_json_at


def metrics(dataset: str = "sample", **points: float) -> dict:
    systems = {
        name: {"points": value, "points_low": value - 10, "points_high": value + 10} for name, value in points.items()
    }
    return {"dataset": dataset, "systems": systems}


def passes(base: dict, head: dict, tolerance: float | None = None) -> dict[str, bool]:
    return {verdict.system: verdict.passes for verdict in judge(base, head, tolerance)}


def test_a_drop_within_the_tolerance_passes_and_one_beyond_it_fails() -> None:
    base = metrics(sface=950.0, dlib=900.0)
    head = metrics(sface=945.0, dlib=894.9)
    assert passes(base, head, tolerance=5.0) == {"sface": True, "dlib": False}


def test_without_a_tolerance_the_interval_of_the_base_decides() -> None:
    base = metrics(sface=950.0, dlib=900.0)
    assert passes(base, metrics(sface=940.5, dlib=889.5)) == {"sface": True, "dlib": False}


def test_a_new_system_passes_and_a_lost_one_fails() -> None:
    assert passes(metrics(sface=950.0), metrics(dlib=100.0), tolerance=5.0) == {"sface": False, "dlib": True}


def test_different_datasets_are_not_compared() -> None:
    with pytest.raises(LookalikeError, match="caricature.*sample"):
        judge(metrics("sample", sface=1.0), metrics("caricature", sface=1.0))


def test_markdown_has_a_row_for_each_system() -> None:
    text = markdown(judge(metrics(sface=950.0), metrics(sface=900.0), tolerance=5.0))
    assert text.splitlines()[2] == "| sface | 950.0 | 900.0 | -50.0 | 5.0 | **fail** |"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    Path("metrics.json").write_text(json.dumps(metrics(sface=1.0)))
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], check=True)
    return tmp_path


def test_metrics_are_read_from_the_revision_not_the_workspace(repository: Path) -> None:
    Path("metrics.json").write_text("{}")
    assert read_json_at("main", Path("metrics.json")) == metrics(sface=1.0)


@pytest.mark.parametrize(("revision", "path"), [("nowhere", "metrics.json"), ("main", "other.json"), ("-x", "a")])
def test_an_unknown_revision_or_file_is_a_clear_error(repository: Path, revision: str, path: str) -> None:
    with pytest.raises(LookalikeError, match=revision):
        read_json_at(revision, Path(path))
