"""All metrics of several systems over the same queries."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from lookalike.metrics.bootstrap import Interval, interval, paired_difference, resampled_means
from lookalike.metrics.judgement import Judgement
from lookalike.metrics.precision import (
    average_precision,
    average_precision_at_r,
    inverse_negative_penalty,
    reciprocal_rank,
)
from lookalike.metrics.rates import points, within


@dataclass(frozen=True)
class Scores:
    """One system's figures: points of 1000, their 95 % interval, and rates between 0 and 1."""

    points: float
    points_low: float
    points_high: float
    top1: float
    top5: float
    top10: float
    map: float
    map_at_r: float
    mrr: float
    minp: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name, rounded to 6 places so that a metrics file stays readable."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Comparison:
    """Scores of every system, and what the ensemble is worth over the best single one."""

    scores: dict[str, Scores]
    best_single: str | None
    ensemble_minus_best: Interval | None


def compare(judged: Mapping[str, Judgement], ensemble: str, resamples: int, rng: np.random.Generator) -> Comparison:
    """Score systems over the same queries, with paired bootstrap resamples.

    Args:
        judged: system -> its judgement; all over the same queries, at least one query.
        ensemble: the system that is set against the best of the others.
        resamples: bootstrap draws.
        rng: the source of randomness.
    """
    names = list(judged)
    values = np.stack([points(judged[name].first_hit) for name in names], axis=1)
    resampled = resampled_means(values, resamples, rng)
    scores = {
        name: _scores(judged[name], interval(values[:, i].mean(), resampled[:, i])) for i, name in enumerate(names)
    }
    singles = [name for name in names if name != ensemble]
    if ensemble not in scores or not singles:
        return Comparison(scores, None, None)
    best = max(singles, key=lambda name: scores[name].points)
    gain = paired_difference(values, resampled, names.index(ensemble), names.index(best))
    return Comparison(scores, best, gain)


def _scores(judged: Judgement, span: Interval) -> Scores:
    first, hit, total = judged.first_hit, judged.hit, judged.total
    top1, top5, top10 = (float(within(first, k).mean()) for k in (1, 5, 10))
    return Scores(
        points=span.mean,
        points_low=span.low,
        points_high=span.high,
        top1=top1,
        top5=top5,
        top10=top10,
        map=float(average_precision(hit, total).mean()),
        map_at_r=float(average_precision_at_r(hit, total).mean()),
        mrr=float(reciprocal_rank(first).mean()),
        minp=float(inverse_negative_penalty(hit, total).mean()),
    )
