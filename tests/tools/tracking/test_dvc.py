"""Experiments as DVC itself makes them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lookalike.tools.tracking.experiments import experiment_of, experiments
from tests.tools.tracking.conftest import git

# Slow: experiments are made by DVC itself.
pytestmark = pytest.mark.slow

PIPELINE = """
stages:
  score:
    cmd: cp params.yaml out.yaml
    params: [points]
    outs: [out.yaml: {cache: false}]
"""


def dvc(root: Path, *command: str) -> None:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    subprocess.run([sys.executable, "-m", "dvc", *command], cwd=root, env=environment, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    for key, value in (("name", "test"), ("email", "test@example.org")):
        git(tmp_path, "config", f"user.{key}", value)
    dvc(tmp_path, "init", "-q")
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / "params.yaml").write_text("points: 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "pipeline")
    return tmp_path


def test_what_dvc_exp_run_left_behind_is_known_by_name(project: Path) -> None:
    dvc(project, "exp", "run", "-q", "-S", "points=2", "-n", "two")
    dvc(project, "exp", "run", "-q", "-S", "points=3", "-n", "three")
    assert {experiment.name for experiment in experiments(project)} == {"two", "three"}
    found = experiment_of(project)
    assert found is not None
    assert found.name == "three"
    dvc(project, "exp", "apply", "-q", "two")
    found = experiment_of(project)
    assert found is not None
    assert found.name == "two"
