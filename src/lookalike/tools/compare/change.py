"""What a change of the pipeline was worth, and how sure that is."""

from dataclasses import dataclass

import numpy as np

from lookalike.metrics.bootstrap import Interval, interval, paired_difference, resampled_means
from lookalike.metrics.first_hits import FirstHits
from lookalike.metrics.rates import points

# More than a run's own: the gate reads the ends of the interval, and they should not depend on the draw.
RESAMPLES = 10_000
SEED = 0


@dataclass(frozen=True)
class Change:
    """One system's change in points.

    Attributes:
        points: mean and 95 % interval of after - before.
        paired: both answered the same queries, and the interval is of the difference query by query.
    """

    points: Interval
    paired: bool

    @property
    def noise(self) -> float:
        """The drop in points that another draw of queries could explain: half the interval, on its upper side."""
        return self.points.high - self.points.mean


def changes(before: FirstHits, after: FirstHits) -> dict[str, Change]:
    """Return the change of every system that both have; each is drawn from the same seed.

    Source: paired and two-sample percentile bootstrap; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
    sections 13.3 and 8.3.
    """
    same = np.array_equal(before.query_id, after.query_id)
    systems = [name for name in after.rank_of if name in before.rank_of]
    return {name: (_paired if same else _unpaired)(before.rank_of[name], after.rank_of[name]) for name in systems}


def _paired(before: np.ndarray, after: np.ndarray) -> Change:
    values = np.stack([points(after), points(before)], axis=1)
    resampled = resampled_means(values, RESAMPLES, np.random.default_rng(SEED))
    return Change(paired_difference(values, resampled, 0, 1), paired=True)


def _unpaired(before: np.ndarray, after: np.ndarray) -> Change:
    rng = np.random.default_rng(SEED)
    old, new = (points(ranks) for ranks in (before, after))
    drawn = [resampled_means(values[:, None], RESAMPLES, rng)[:, 0] for values in (old, new)]
    return Change(interval(new.mean() - old.mean(), drawn[1] - drawn[0]), paired=False)


def paired_noise(before: FirstHits | None, after: FirstHits | None) -> dict[str, float]:
    """Return the drop in points that chance can explain, of every system whose change is known query by query."""
    if before is None or after is None:
        return {}
    return {name: change.noise for name, change in changes(before, after).items() if change.paired}
