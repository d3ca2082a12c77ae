"""How far probabilities are from what happened."""

import numpy as np


def brier(probability: np.ndarray, right: np.ndarray) -> float:
    """Return the mean squared difference of probabilities (n,) and outcomes (n,) bool; 0 is perfect.

    Source: Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 1950, halved
    as is usual for two outcomes.
    """
    return float(np.mean((probability - right) ** 2))
