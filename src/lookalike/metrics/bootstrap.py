"""Percentile bootstrap over queries; systems share their resamples, so that differences are paired."""

from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
# Resamples drawn at once: keeps the index below about 100 MB at 100k queries.
CHUNK_CELLS = 1 << 23


@dataclass(frozen=True)
class Interval:
    """A mean with its bootstrap interval."""

    mean: float
    low: float
    high: float


def resampled_means(values: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Return (resamples, n_system) means over queries drawn with replacement.

    Args:
        values: (n_query, n_system) one number a query and system; every system sees the same draws.
        resamples: how many draws.
        rng: the source of randomness.
    """
    n = len(values)
    means = np.empty((resamples, values.shape[1]))
    step = max(1, CHUNK_CELLS // max(n, 1))
    for start in range(0, resamples, step):
        stop = min(start + step, resamples)
        index = rng.integers(0, n, size=(stop - start, n))
        for system in range(values.shape[1]):
            means[start:stop, system] = values[:, system][index].mean(axis=1)
    return means


def interval(mean: float, resampled: np.ndarray) -> Interval:
    """Return the percentile interval of resampled means.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.
    """
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(mean), float(low), float(high))


def paired_difference(values: np.ndarray, resampled: np.ndarray, system: int, other: int) -> Interval:
    """Return the interval of the mean of `system` minus the mean of `other`, over the same resamples."""
    mean = float(values[:, system].mean() - values[:, other].mean())
    return interval(mean, resampled[:, system] - resampled[:, other])
