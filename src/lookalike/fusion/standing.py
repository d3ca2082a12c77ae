"""How far answers stand out of the scores that their own query has with the rest of the gallery.

A score of one model, style and gallery says nothing under another. How far it lies beyond what the best of as many
strangers would reach does, because all of that is measured on the gallery at hand, and on one query alone.
"""

from dataclasses import dataclass

import numpy as np

# The share of best scores left out, which the right images may be among.
TRIM = 0.1
# Smaller galleries hold too few strangers to tell how their scores spread.
LEAST = 64


@dataclass(frozen=True)
class Standing:
    """The answers to some queries, and the other scores of their queries.

    Attributes:
        score: (n_query, k) float64 of the first k answers, best first.
        centre: (n_query,) float64 mean of the query's scores without the best tenth.
        spread: (n_query,) float64 their standard deviation.
        size: images searched.
    """

    score: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    size: int

    @property
    def measured(self) -> np.ndarray:
        """(n_query,) bool: there are enough images, and they do not all score the same."""
        return (self.size >= LEAST) & (self.spread > 1e-9 * np.maximum(1.0, np.abs(self.centre)))

    def excess(self, scale: "Scale") -> np.ndarray:
        """Return (n_query, k) standard deviations by which answers exceed what the best of as many strangers reaches.

        A score is standardised by the query's own impostor scores (zero normalisation; Auckenthaler, Carey and
        Lloyd-Thomas, "Score Normalization for Text-Independent Speaker Verification Systems", 2000), and the level that
        the largest of n normal scores reaches is taken off (Φ⁻¹(1 − 1/n), the characteristic largest value; Gumbel,
        "Statistics of Extremes", 1958, section 3.1.4), so that a gallery ten times as large asks for a better match.
        """
        return self.deviations(scale) - scale.growth * best_of(self.size)

    def deviations(self, scale: "Scale") -> np.ndarray:
        """Return (n_query, k) the same, but beyond the centre of the other scores."""
        spread = np.where(self.measured, self.spread, 1.0)
        width = scale.width(spread)
        return (self.score - (scale.own * self.centre + (1 - scale.own) * scale.centre)[:, None]) / width[:, None]


@dataclass(frozen=True)
class Scale:
    """What scores are standardised by, between a query's own other scores and those of other queries.

    Attributes:
        own: how far the query's own count, 0 to 1. One query's spread is a noisy estimate, and counts for half, in
            logarithms.
        centre: mean of other queries' centres.
        spread: geometric mean of their spreads.
        growth: how much of the level of the best of many to take off; below 1 where large scores are rarer than normal
            ones.
    """

    own: float
    centre: float
    spread: float
    growth: float = 1.0

    def width(self, spread: np.ndarray) -> np.ndarray:
        """Return (n_query,) what scores of queries whose own spreads are given, (n_query,), are divided by."""
        return spread ** (self.own / 2) * self.spread ** (1 - self.own / 2)


def standing(scores: np.ndarray, depth: int) -> Standing:
    """Measure first answers and what they stand among.

    Args:
        scores: (n_query, n_gallery) of all images, in any order; a higher one is more alike.
        depth: answers wanted; fewer where the gallery is smaller.
    """
    values = -np.sort(-scores.astype(np.float64), axis=1)
    size = values.shape[1]
    if size == 0:
        nothing = np.zeros(len(values))
        return Standing(np.empty((len(values), 0)), nothing, nothing, 0)
    others = values[:, min(int(np.ceil(TRIM * size)), size - 1) :]
    return Standing(values[:, :depth], others.mean(axis=1), others.std(axis=1), size)


def best_of(size: int) -> float:
    """Return what the largest of `size` standard normal numbers is expected to reach; 0 for a single one."""
    # Here, because scipy takes long to import and most who read a plan never ask.
    from scipy.special import ndtri

    return float(ndtri(1 - 1 / size)) if size > 1 else 0.0
