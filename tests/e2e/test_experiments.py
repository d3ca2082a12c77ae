"""Experiments that do not run in the workspace: they run the code that they were queued with."""

import json

import pytest

from tests.e2e.project import Project

pytestmark = pytest.mark.e2e


def test_a_queued_experiment_runs_its_own_code(finished_project: Project) -> None:
    """A first right answer is worth 500 in the queued code; by the time it runs, the workspace says 600 again."""
    rates = finished_project.root / "src/lookalike/metrics/rates.py"
    original = rates.read_text()
    assert "600.0" in original
    try:
        rates.write_text(original.replace("600.0", "500.0"))
        finished_project.check("exp", "run", "--queue", "--name", "cheaper")
    finally:
        rates.write_text(original)
    finished_project.check("exp", "run", "--run-all")
    queued = json.loads(finished_project.at_experiment("cheaper", "metrics/metrics.json"))["systems"]
    here = json.loads((finished_project.root / "metrics/metrics.json").read_text())["systems"]
    assert queued.keys() == here.keys()
    for system, scores in here.items():
        assert queued[system]["points"] == pytest.approx(scores["points"] - 100 * scores["top1"], abs=0.01)
