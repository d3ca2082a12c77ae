from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lookalike.commands.compare import compare
from lookalike.commands.gate import gate
from lookalike.run.revisions import Revision

# Slow: revisions are real commits of git and runs in DVC's cache.
pytestmark = pytest.mark.slow


def invoke(command, *arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_two_revisions_in_the_terminal(project: Path) -> None:
    code, text = invoke(compare, "main", "blurred")
    assert code == 0
    assert "Points on made-up" in text
    assert ["retrieval.shift", "none", "centre"] in [line.split() for line in text.splitlines()]


def test_the_workspace_is_the_default(project: Path) -> None:
    text = invoke(compare, "main", "--system", "sface", "--markdown")[1]
    assert "| retrieval.shift | none | coral |" in text
    assert "**Flips of sface: " in text


def test_an_unknown_system_is_told(project: Path) -> None:
    code, text = invoke(compare, "main", "--system", "dlib")
    assert code == 1
    assert "--system dlib: not in both runs; expected one of ensemble, sface" in text


def test_open_writes_the_page(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr(typer, "launch", opened.append)
    assert invoke(compare, "main", "blurred", "--open")[0] == 0
    assert [Path(path).read_text()[:15] for path in opened] == ["<!doctype html>"]


def test_the_gate_lets_a_better_run_pass_and_stops_a_worse_one(project: Path) -> None:
    code, text = invoke(gate, "--base", "blurred")
    assert code == 0, text
    worse = Revision.find("blurred")
    for file in map(Path, ("metrics/metrics.json", "metrics/first_hits.csv")):
        file.write_text(worse.text(file))
    code, text = invoke(gate, "--base", "main")
    assert code == 1
    assert "**fail**" in text
