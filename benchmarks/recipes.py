"""What each recipe and each of its parts is worth: every row is one DVC experiment, in a clone of HEAD.

Run: python -m benchmarks.recipes DATASET [GROUP ...]    (DATASET: a folder such as data/raw/caricature)

Prints points of 1000 by plain cosine with 95 % intervals over queries, and the paired difference to the first row of
the group. The clone keeps its cache: a row that was run before costs nothing.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.metrics.bootstrap import paired_difference, resampled_means
from lookalike.metrics.rates import points
from lookalike.run.layout import Layout
from lookalike.run.run import Run

ROOT = Path(__file__).parents[1]
CLONE = ROOT / ".cache/lookalike/recipes"
LAYOUT = Layout(CLONE)
RESAMPLES = 2000


@dataclass(frozen=True)
class Row:
    """One experiment: the model that is scored, and what `-S` changes; `{dataset}` stands for the dataset's name."""

    model: str
    change: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return " ".join([f"`{self.model}`", *(f"`-S {change}`" for change in self.change)])

    def options(self, dataset: str) -> list[str]:
        """Return what `dvc exp run` is told."""
        changes = [f"run.dataset={dataset}", f"run.models=[{self.model}]", *self.change]
        return [part for change in changes for part in ("-S", change.replace("{dataset}", dataset))]


GROUPS: dict[str, list[Row]] = {
    "sface": [
        Row("sface"),
        Row("sface_views"),
        Row("sface_tuned"),
        Row("sface_head"),
        Row("sface", ("models.sface.crop.template=box",)),
        Row("sface", ("datasets.{dataset}.crop=false",)),
    ],
    "effnet": [
        Row("effnet_frozen"),
        Row("effnet_lite0"),
        Row("effnet_lite0", ("models.effnet_lite0.train.loss=ce",)),
        Row("effnet_lite0", ("models.effnet_lite0.head.kind=identity",)),
    ],
}


class Laboratory:
    """A clone of HEAD with the dataset linked, in which experiments run; DVC's cache in it is kept."""

    def __init__(self, dataset: Path) -> None:
        self._dataset = dataset.name
        if not CLONE.exists():
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(CLONE)], check=True)
        self._run("git", "fetch", "--quiet", str(ROOT), "HEAD")
        self._run("git", "reset", "--quiet", "--hard", "FETCH_HEAD")
        link = LAYOUT.images(dataset.name)
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(dataset.resolve())

    def points(self, row: Row) -> np.ndarray:
        """Run one experiment and return the points of each query, in the order of their names."""
        # An experiment leaves its params in the workspace; the next one starts from HEAD's again.
        self._run("git", "reset", "--quiet", "--hard", "FETCH_HEAD")
        self._run("dvc", "exp", "run", "--quiet", *row.options(self._dataset), "score")
        queries = Run(CLONE).queries.sort_values("query_id")
        return points(queries.loc[queries["system"] == row.model, "first_hit"].to_numpy())

    def scores(self, row: Row) -> dict[str, float]:
        """Return what the last experiment's metrics.json says of the model."""
        return dict(Run(CLONE).files.scores[row.model])

    def _run(self, *command: str) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "PYTHONPATH": str(CLONE / "src")}
        subprocess.run(command, cwd=CLONE, env=environment, check=True)


def table(laboratory: Laboratory, rows: list[Row]) -> None:
    print("| recipe | points | interval | top-1 | mAP | against the first row |\n|---|--:|--:|--:|--:|--:|", flush=True)
    base: np.ndarray | None = None
    for row in rows:
        mine = laboratory.points(row)
        base = mine if base is None else base
        values = np.column_stack([mine, base])
        gain = paired_difference(values, resampled_means(values, RESAMPLES, np.random.default_rng(0)), 0, 1)
        against = "" if mine is base else f"{gain.mean:+.1f} ({gain.low:+.1f} to {gain.high:+.1f})"
        figures = "| {points:.1f} | {points_low:.1f} – {points_high:.1f} | {top1:.3f} | {map:.3f} |"
        print(f"| {row.name} {figures.format(**laboratory.scores(row))} {against} |", flush=True)


def main() -> None:
    dataset = Path(sys.argv[1])
    laboratory = Laboratory(dataset)
    for group in sys.argv[2:] or GROUPS:
        print(f"\n{group}\n")
        table(laboratory, GROUPS[group])


if __name__ == "__main__":
    main()
