"""What MLflow is told of a finished run, read from its files."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from mlflow.entities import Metric, Param

from lookalike.run.run import Run


def params(run: Run) -> list[Param]:
    """Return every param of `params.yaml`, by its dotted name."""
    return [Param(name, str(value)) for name, value in run.files.settings.items()]


def metrics(run: Run) -> list[Metric]:
    """Return the scores of every system, and the training curves by epoch."""
    scores = run.files.scores.items()
    found = [Metric(f"{system}/{name}", float(value), 0, 0) for system, row in scores for name, value in row.items()]
    for model in run.files.settings["run.models"]:
        history = run.files.layout.training_history(model)
        if history.is_file():
            with history.open(newline="", encoding="utf-8") as stream:
                for row in csv.DictReader(stream):
                    found += _curve_points(model, row)
    return found


def hashes(run: Run) -> dict[str, str]:
    """Return, as tags, the hash of every data set and weights file that the run read or fetched."""
    layout = run.files.layout
    stages = yaml.safe_load(layout.lock.read_text(encoding="utf-8")).get("stages", {})
    files = [entry for stage in stages.values() for entry in stage.get("deps", []) + stage.get("outs", [])]
    folders = {layout.images("x").parent, layout.weights("x").parent}
    hashed = {Path(entry["path"]): entry["md5"] for entry in files if "md5" in entry}
    return {f"hash/{path.as_posix()}": md5 for path, md5 in hashed.items() if folders & {*(layout.root / path).parents}}


def _curve_points(model: str, row: Mapping[str, str]) -> Iterator[Metric]:
    step = int(row["epoch"])
    for name, value in row.items():
        if name != "epoch" and value:
            yield Metric(f"{model}/training/{name}", float(value), 0, step)
