import json
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from lookalike.cli import app

ROOT = Path(__file__).parents[2]
RUNNER = CliRunner()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def edit(project: Path) -> Callable[..., None]:
    def change(block: str, **values: Any) -> None:
        params = yaml.safe_load((project / "params.yaml").read_text())
        params[block] |= values
        (project / "params.yaml").write_text(yaml.safe_dump(params))

    return change


def metrics(points: float) -> str:
    scores = {"points": points, "points_low": points - 5, "points_high": points + 5}
    rates = dict.fromkeys(("top1", "top5", "top10", "map", "mrr"), 0.5)
    counts = {"scored": 3, "unanswerable": 0, "unlabelled": 0}
    return json.dumps({"dataset": "sample", "systems": {"sface": scores | rates}, "queries": counts})


def test_the_shipped_params_pass_the_check(project: Path) -> None:
    assert RUNNER.invoke(app, ["check"]).exit_code == 0


def test_check_tells_of_a_missing_dataset_and_of_weights_that_do_not_exist(
    edit: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    edit("run", dataset="fish", models=["sface", "dlib", "convnext_base"])
    digest = "0" * 64
    weights = {"source": "package:no-such-thing/a.onnx", "sha256": digest}
    unpinned = {"source": "https://example.org/convnext_base.pth", "sha256": ""}
    edit("weights", sface=weights, dlib={"source": "file:/nowhere/b.dat", "sha256": digest}, convnext_base=unpinned)
    result = RUNNER.invoke(app, ["check"])
    assert result.exit_code == 1
    for text in ("data/raw/fish", "no-such-thing is not installed", "no such file: /nowhere/b.dat", "convnext_base"):
        assert text in result.output
    assert "Traceback" not in result.output


def test_check_names_at_once_what_would_stop_dvc_or_hold_it_up(
    edit: Callable[..., None], project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    edit("run", dataset="competition")
    query = project / "data/raw/competition/test/query"
    query.mkdir(parents=True)
    os.mkfifo(query / "pipe.jpg")
    (query / "zero.jpg").symlink_to("/dev/zero")
    (query / "lost.jpg").symlink_to("nowhere.jpg")
    result = RUNNER.invoke(app, ["check"])
    assert result.exit_code == 1
    for name in ("pipe.jpg: a pipe", "zero.jpg: a link to a pipe", "lost.jpg: a link to nothing; remove it"):
        assert f"data/raw/competition/test/query/{name}" in result.output
    assert "Traceback" not in result.output


def test_points_prints_the_last_run(project: Path) -> None:
    (project / "metrics").mkdir()
    (project / "metrics/metrics.json").write_text(metrics(950.0))
    assert "950.0" in RUNNER.invoke(app, ["points"]).output


@pytest.mark.parametrize(("readable", "told"), [(0, "none of the 5 query images can be read"), (1, "")])
def test_points_say_when_no_query_could_be_read(project: Path, readable: int, told: str) -> None:
    (project / "metrics").mkdir()
    (project / "metrics/metrics.json").write_text(metrics(0.0))
    splits = {"query": {"images": 5, "ok": readable}, "gallery": {"images": 9, "ok": 9}}
    (project / "metrics/catalog.json").write_text(json.dumps({"splits": splits}))
    result = RUNNER.invoke(app, ["points"])
    assert result.exit_code == 0
    assert result.stderr.removeprefix("lookalike: ").startswith(told)
    assert bool(result.stderr) == bool(told)


@pytest.mark.parametrize(("now", "code"), [(940.0, 1), (949.0, 0)])
def test_the_gate_holds_the_workspace_against_a_revision(project: Path, now: float, code: int) -> None:
    file = project / "metrics/metrics.json"
    file.parent.mkdir()
    file.write_text(metrics(950.0))
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-qm", "base"]):
        subprocess.run(["git", *command], check=True)
    file.write_text(metrics(now))
    result = RUNNER.invoke(app, ["gate", "--base", "main"])
    assert result.exit_code == code
    assert "| sface | 950.0 |" in result.output


def test_submit_posts_the_file_and_prints_the_answer(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posted = {}

    def answer(request: httpx.Request) -> httpx.Response:
        posted[str(request.url)] = json.loads(request.content)
        return httpx.Response(200, json={"accuracy": 973.9})

    client = partial(httpx.AsyncClient, transport=httpx.MockTransport(answer))
    monkeypatch.setattr(httpx, "AsyncClient", client)
    submission = {"groupname": "us", "images": {"q.jpg": ["g.jpg"]}}
    (project / "submission.json").write_text(json.dumps(submission))
    result = RUNNER.invoke(app, ["submit", "http://127.0.0.1:9/", "--file", "submission.json"])
    assert posted == {"http://127.0.0.1:9/": submission}
    assert json.loads(result.output) == {"accuracy": 973.9}
