"""Whether what is called 70 % is right seven times of ten."""

from dataclasses import dataclass

import numpy as np

from lookalike.metrics.measures.brier import brier

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Answers of about one probability.

    Attributes:
        count: how many there are.
        said: their mean probability.
        seen: the share of them that is right.
    """

    count: int
    said: float
    seen: float


def reliability(probability: np.ndarray, right: np.ndarray, bins: int = BINS) -> list[Bin]:
    """Return the bins of a reliability diagram that are not empty, from low to high.

    Source: DeGroot and Fienberg, "The Comparison and Evaluation of Forecasters", The Statistician 1983.

    Args:
        probability: (n,) between 0 and 1.
        right: (n,) bool.
        bins: of equal width; one is inside its upper end, the last bin's.
    """
    place = np.minimum((probability * bins).astype(int), bins - 1)
    return [
        Bin(int(inside.sum()), float(probability[inside].mean()), float(right[inside].mean()))
        for inside in (place == i for i in range(bins))
        if inside.any()
    ]


def calibration_error(probability: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """Return the expected calibration error: the mean gap of said and seen over bins, weighted by their counts.

    Source: Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    parts = reliability(probability, right, bins)
    return sum(part.count * abs(part.said - part.seen) for part in parts) / max(len(probability), 1)


def errors(probability: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Return how far probabilities (n,) are from outcomes (n,) bool.

    Returns:
        `ece` and `brier`, and `base`, the Brier score of a constant probability: what knowing nothing costs.
    """
    base = brier(np.full(len(right), right.mean()), right)
    return {"ece": calibration_error(probability, right), "brier": brier(probability, right), "base": base}
