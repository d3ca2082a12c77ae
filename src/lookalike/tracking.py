"""MLflow, fed after a run from what the run wrote.

A cached stage runs no code and so could log nothing; the files it restored are all there is to know. A run is keyed
by the hash of `dvc.lock`, which holds the hash of every param, input and output: tracking it twice logs it once.
"""

import csv
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from lookalike.errors import LookalikeError
from lookalike.files import read_json, sha256_file

STORE = "sqlite:///mlflow.db"
EXPERIMENT = "lookalike"
KEY = "lookalike.lock_sha256"
ARTEFACTS = ("params.yaml", "dvc.lock", "metrics", "reports")
BATCH = 100  # the most params that MLflow takes at once


@dataclass(frozen=True)
class TrackedRun:
    """One run in MLflow: its id, and whether this call made it."""

    run_id: str
    is_new: bool


def track(root: Path, store: str = STORE) -> TrackedRun:
    """Log the finished run in `root` to MLflow, once.

    Raises:
        LookalikeError: there is no finished run to log.
    """
    lock = root / "dvc.lock"
    if not lock.is_file():
        raise LookalikeError(f"{lock}: no such file; finish a run first (dvc repro)")
    client = MlflowClient(store)
    experiment = _experiment_id(client)
    key = sha256_file(lock)
    known = client.search_runs([experiment], f"tags.`{KEY}` = '{key}' and attributes.status = 'FINISHED'")
    if known:
        return TrackedRun(known[0].info.run_id, is_new=False)
    run = client.create_run(experiment, run_name=_experiment_name())
    _log(client, run.info.run_id, root, key)
    client.set_terminated(run.info.run_id)
    return TrackedRun(run.info.run_id, is_new=True)


def _experiment_id(client: MlflowClient) -> str:
    experiment = client.get_experiment_by_name(EXPERIMENT)
    return experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT)


def _experiment_name() -> str | None:
    """Return the name that DVC gives the experiment it runs, if it does."""
    return os.environ.get("DVC_EXP_NAME")


def _log(client: MlflowClient, run_id: str, root: Path, key: str) -> None:
    params = list(_flat(yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))))
    for start in range(0, len(params), BATCH):
        client.log_batch(run_id, params=[Param(*pair) for pair in params[start : start + BATCH]])
    client.log_batch(run_id, metrics=list(_metrics(root)))
    client.log_batch(run_id, tags=[RunTag(*pair) for pair in _tags(root, key).items()])
    for name in ARTEFACTS:
        path = root / name
        if path.is_dir():
            client.log_artifacts(run_id, str(path), name)
        elif path.is_file():
            client.log_artifact(run_id, str(path))


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{prefix}.{name}".strip("."))
    else:
        yield prefix, str(value)


def _metrics(root: Path) -> Iterator[Metric]:
    systems = read_json(root / "metrics/metrics.json")["systems"]
    for system, values in systems.items():
        yield from (Metric(f"{system}/{name}", float(value), 0, 0) for name, value in values.items())
    for history in sorted((root / "metrics/training").glob("*.csv")):
        with history.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                yield from _curve_point(history.stem, row)


def _curve_point(model: str, row: Mapping[str, str]) -> Iterator[Metric]:
    step = int(row["epoch"])
    for name, value in row.items():
        if name != "epoch" and value:
            yield Metric(f"{model}/training/{name}", float(value), 0, step)


def _tags(root: Path, key: str) -> dict[str, str]:
    return {KEY: key, "mlflow.source.git.commit": _commit(root)} | _hashes(root)


def _commit(root: Path) -> str:
    command = ["git", "rev-parse", "--verify", "HEAD"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "none"


def _hashes(root: Path) -> dict[str, str]:
    """Return the hash of every data set and weights file that the run read or fetched."""
    stages = yaml.safe_load((root / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    files = [entry for stage in stages.values() for entry in stage.get("deps", []) + stage.get("outs", [])]
    return {
        f"hash/{entry['path']}": entry["md5"]
        for entry in files
        if entry["path"].startswith(("data/raw/", "data/weights/")) and "md5" in entry
    }
