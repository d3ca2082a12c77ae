"""A finished run as the stages leave it, in a git repository with experiments as DVC keeps them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient

from lookalike.run.layout import Layout

LOCK = {
    "schema": "2.0",
    "stages": {
        "catalog": {
            "cmd": "x",
            "deps": [{"path": "data/raw/sample", "md5": "abc.dir"}],
            "outs": [{"path": "data/catalog.parquet", "md5": "def"}],
        },
        "weights@sface": {"cmd": "x", "outs": [{"path": "data/weights/sface.weights", "md5": "123"}]},
    },
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    root = tmp_path / "run"
    write_run(root, 950.0)
    history = Layout(root).training_history("sface")
    history.parent.mkdir()
    history.write_text("epoch,loss,valid_points\n0,,800\n1,2.5,900\n")
    return root


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its tables in it; MLflow takes seconds to make them."""
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def store(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)  # MLflow keeps artefacts of a local store below the working folder
    shutil.copyfile(empty_store, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture
def repository(run: Path) -> Path:
    """The run in a repository, before its first experiment; the lock file is committed as it was then."""
    git(run, "init", "-q")
    git(run, "add", ".")
    git(run, "commit", "-qm", "first run")
    return run


def write_run(root: Path, points: float) -> None:
    layout = Layout(root)
    layout.metrics.parent.mkdir(parents=True, exist_ok=True)
    layout.params.write_text(yaml.safe_dump({"run": {"dataset": "sample", "models": ["sface"]}}))
    layout.lock.write_text(yaml.safe_dump(LOCK | {"points": points}))
    metrics = {"dataset": "sample", "systems": {"sface": {"points": points, "top1": 0.93}}}
    layout.metrics.write_text(json.dumps(metrics))


def save_experiment(root: Path, name: str) -> str:
    """Commit the workspace as an experiment, and leave the branch and the workspace as they were."""
    baseline = git(root, "rev-parse", "HEAD")
    git(root, "add", ".")
    commit = git(root, "commit-tree", "-p", baseline, "-m", name, git(root, "write-tree"))
    git(root, "update-ref", f"refs/exps/{baseline[:2]}/{baseline[2:]}/{name}", commit)
    git(root, "reset", "-q")
    return commit


def git(root: Path, *command: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    return subprocess.run(
        ["git", *identity, *command], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
