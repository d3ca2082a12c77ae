"""The figures at the top of the page: points with their intervals, beside the published marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lookalike.metrics.systems import ENSEMBLE

# Points of the published systems, on the competition's own images: not on this dataset.
PUBLISHED = {"ResNet-50": 74.29, "CLIP + ArcFace": 910.17, "FaceNet": 970.45, "FaceNet + CLIP": 973.95}
# Columns of the systems table where metrics.json has them: key, heading, what it says.
RATES = (
    ("top1", "Top 1", "queries whose first answer is right"),
    ("top5", "Top 5", "queries with a right answer in the first five"),
    ("top10", "Top 10", "queries with a right answer in the first ten"),
    ("map", "mAP", "mean average precision over all right images"),
    ("map_at_r", "mAP@R", "precision over the first R ranks, R right images"),
    ("mrr", "MRR", "mean of 1 / rank of the first right answer"),
    ("minp", "mINP", "how far down the last right image stands, inverted"),
    ("dir_at_far_1e-2", "DIR", "right first answers with a score that 1 % of absent persons reach at most"),
    ("tar_at_far_1e-2", "TAR 1 %", "pairs of one identity with a score that 1 % of the other pairs reach at most"),
    ("tar_at_far_1e-3", "TAR 0.1 %", "the same at 0.1 %"),
    ("auc", "AUC", "how often a pair of one identity scores higher than another pair"),
)


@dataclass(frozen=True)
class Mark:
    """One row of the points figure; positions are percent of a scale from 0 to 1000 points.

    Attributes:
        name: the system.
        points: of 1000.
        low: lower end of the 95 % interval; None where it is not known.
        high: its upper end.
        published: a result on the competition's images, shown for orientation.
    """

    name: str
    points: float
    low: float | None = None
    high: float | None = None
    published: bool = False


def lead(systems: Sequence[str]) -> str:
    """Return the system the page opens with, of several, best first: the ensemble where there is one."""
    return ENSEMBLE if ENSEMBLE in systems else systems[0]


def marks(systems: Mapping[str, Any]) -> list[Mark]:
    """Return this run's systems, best first, then the published ones."""
    ours = [Mark(name, s["points"], s.get("points_low"), s.get("points_high")) for name, s in systems.items()]
    theirs = [Mark(name, points, published=True) for name, points in PUBLISHED.items()]
    return sorted(ours, key=lambda m: (-m.points, m.name)) + sorted(theirs, key=lambda m: -m.points)


def rate_columns(systems: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the columns that every system has a figure for."""
    return [column for column in RATES if all(column[0] in scores for scores in systems.values())]
