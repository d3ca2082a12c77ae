"""What MLflow is told of a finished run, read from its files."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from mlflow.entities import Metric, Param

from lookalike.kit.files import read_json
from lookalike.kit.flat import flat


def params(root: Path) -> list[Param]:
    """Return every param of `params.yaml`, by its dotted name."""
    values = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    return [Param(name, str(value)) for name, value in flat(values)]


def metrics(root: Path) -> list[Metric]:
    """Return the scores of every system, and the training curves by epoch."""
    systems = read_json(root / "metrics/metrics.json")["systems"]
    found = [Metric(f"{system}/{name}", float(v), 0, 0) for system, row in systems.items() for name, v in row.items()]
    for history in sorted((root / "metrics/training").glob("*.csv")):
        with history.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                found += _curve_points(history.stem, row)
    return found


def hashes(root: Path) -> dict[str, str]:
    """Return, as tags, the hash of every data set and weights file that the run read or fetched."""
    stages = yaml.safe_load((root / "dvc.lock").read_text(encoding="utf-8")).get("stages", {})
    files = [entry for stage in stages.values() for entry in stage.get("deps", []) + stage.get("outs", [])]
    return {
        f"hash/{entry['path']}": entry["md5"]
        for entry in files
        if entry["path"].startswith(("data/raw/", "data/weights/")) and "md5" in entry
    }


def _curve_points(model: str, row: Mapping[str, str]) -> Iterator[Metric]:
    step = int(row["epoch"])
    for name, value in row.items():
        if name != "epoch" and value:
            yield Metric(f"{model}/training/{name}", float(value), 0, step)
