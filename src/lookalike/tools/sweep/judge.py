"""What validation identities say of a trial: its score, read from what the run up to there has left."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import read_json
from lookalike.metrics.systems import ENSEMBLE
from lookalike.run.layout import Layout
from lookalike.validation.protocol import ValidationScore


@dataclass(frozen=True)
class Judged:
    """What became of a trial.

    Attributes:
        score: on validation identities; the more the better.
        facts: the figures behind it.
        fault: what went wrong; empty where it ended well.
    """

    score: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""


def judged(layout: Layout, judge: str) -> Judged:
    """Return what the files of a run say of who is judged, on validation identities alone.

    Args:
        layout: of the run.
        judge: a model, or `ensemble`.

    Raises:
        LookalikeError: nothing judged it.
    """
    if judge == ENSEMBLE:
        points = tuned_points(read_json(layout.tuning)["tried"])
        return Judged(points, {"points": points})
    record: dict[str, Any] = read_json(layout.training_record(judge))
    score = ValidationScore(record["best_points"], record["best_map"])
    return Judged(score.score, {"points": score.points, "map": score.map})


def tuned_points(tried: Sequence[Mapping[str, Any]]) -> float:
    """Return the points that the tuner came to with all models: what its last step kept, or what that had to beat.

    Where the models that were fitted get no weight, it tunes the others again, by all training identities. Those points
    do not compare with other trials', and are left out.

    Args:
        tried: of data/tuning.json, in order; a tuning takes each step once.

    Raises:
        LookalikeError: it tried nothing.
    """
    if not tried:
        raise LookalikeError("`tune` judged nothing: it needs training identities, and a fusion rule that is tuned")
    points, steps = 0.0, set()
    for (step, beaten), group in itertools.groupby(tried, lambda trial: (trial["step"], _beaten(trial))):
        if step in steps:
            break
        steps.add(step)
        points = next((float(trial["points"]) for trial in group if trial["kept"]), beaten)
    return points


def _beaten(trial: Mapping[str, Any]) -> float:
    # Of two figures that were rounded to four digits.
    return round(float(trial["points"] - trial["gain"]), 3)
