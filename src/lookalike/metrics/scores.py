"""All metrics of several systems over the same queries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from lookalike.metrics.bootstrap import Interval, interval, paired_difference, resampled_means
from lookalike.metrics.judgement import Judgement
from lookalike.metrics.measures.table import MEASURES, Measure
from lookalike.metrics.rates import points


@dataclass(frozen=True)
class Scores:
    """One system's figures.

    Attributes:
        points: mean competition points of 1000, with their 95 % interval.
        rates: measure -> its mean over the queries, between 0 and 1.
        spans: measure -> its interval, for those that a dataset's recipe asks for.
    """

    points: Interval
    rates: Mapping[str, float]
    spans: Mapping[str, Interval] = field(default_factory=dict)

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name, rounded to 6 places so that a metrics file stays readable."""
        span = {"points": self.points.mean, "points_low": self.points.low, "points_high": self.points.high}
        ends = {f"{name}_{end}": getattr(s, end) for name, s in self.spans.items() for end in ("low", "high")}
        return {name: round(value, 6) for name, value in {**span, **self.rates, **ends}.items()}


@dataclass(frozen=True)
class Comparison:
    """Scores of every system, and what the ensemble is worth over the best single one."""

    scores: dict[str, Scores]
    best_single: str | None
    ensemble_minus_best: Interval | None


def compare(
    judged: Mapping[str, Judgement],
    ensemble: str,
    resamples: int,
    rng: np.random.Generator,
    measures: Mapping[str, Measure] = MEASURES,
) -> Comparison:
    """Score systems over the same queries, with paired bootstrap resamples.

    Args:
        judged: system -> its judgement; all over the same queries, at least one query.
        ensemble: the system that is set against the best of the others.
        resamples: bootstrap draws.
        rng: the source of randomness.
        measures: name -> what is computed besides points; one that is not in `MEASURES` gets an interval as well.
    """
    names = list(judged)
    added = [name for name in measures if name not in MEASURES]
    columns = [points(judged[name].first_hit) for name in names]
    columns += [measures[measure](judged[name].hit, judged[name].total) for measure in added for name in names]
    values = np.stack(columns, axis=1)
    resampled = resampled_means(values, resamples, rng)
    # Measure after measure, points first, and within each the systems.
    spans = {
        key: interval(values[:, i].mean(), resampled[:, i]) for i, key in enumerate(product((None, *added), names))
    }
    scores = {
        name: Scores(spans[None, name], rates(judged[name], measures), {one: spans[one, name] for one in added})
        for name in names
    }
    singles = [name for name in names if name != ensemble]
    if ensemble not in scores or not singles:
        return Comparison(scores, None, None)
    best = max(singles, key=lambda name: scores[name].points.mean)
    gain = paired_difference(values, resampled, names.index(ensemble), names.index(best))
    return Comparison(scores, best, gain)


def rates(judged: Judgement, measures: Mapping[str, Measure]) -> dict[str, float]:
    """Return the mean of each measure over the queries."""
    return {name: float(measure(judged.hit, judged.total).mean()) for name, measure in measures.items()}
