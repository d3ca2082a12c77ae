"""The small CSV tables that other stages wrote for plotting."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.report.charts import Series


@dataclass(frozen=True)
class Histogram:
    """Scores of first answers: (bins,) middles of the bins, and how many right and wrong answers are in each."""

    centre: np.ndarray
    right: np.ndarray
    wrong: np.ndarray


def read_cmc(path: Path) -> dict[str, Series]:
    """Read the CMC curve of every system (columns system, k, rate)."""
    points: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for row in _rows(path):
        points[row["system"]][0].append(float(row["k"]))
        points[row["system"]][1].append(float(row["rate"]))
    return {name: Series(name, k, rate) for name, (k, rate) in points.items()}


def read_histograms(path: Path) -> dict[str, Histogram]:
    """Read the score histograms (columns system, first_answer, score, count)."""
    counts: dict[str, dict[str, dict[float, int]]] = defaultdict(lambda: {"right": {}, "wrong": {}})
    for row in _rows(path):
        counts[row["system"]][row["first_answer"]][float(row["score"])] = int(row["count"])
    return {name: _histogram(sides) for name, sides in counts.items()}


def _histogram(sides: dict[str, dict[float, int]]) -> Histogram:
    centre = sorted(sides["right"] | sides["wrong"])
    right, wrong = (np.array([sides[side].get(c, 0) for c in centre]) for side in ("right", "wrong"))
    return Histogram(np.array(centre), right, wrong)


def read_history(path: Path) -> dict[str, tuple[float, ...]]:
    """Read the columns of a training history that hold numbers; a figure not taken that epoch is NaN."""
    rows, columns = _rows(path), {}
    for name in rows[0] if rows else ():
        try:
            columns[name] = tuple(float(row[name] or "nan") for row in rows)
        except ValueError:
            continue  # a column of words, such as the name of a phase
    return columns


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; run `dvc repro` to make it") from None
