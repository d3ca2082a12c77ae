"""How many pairs of one identity pass a threshold that a given share of other pairs passes too."""

import numpy as np


def true_accept_rate(genuine: np.ndarray, impostor: np.ndarray, far: float) -> float:
    """Return the true-accept rate at a false-accept rate, both over pairs of images.

    Source: ISO/IEC 19795-1:2021, "Biometric performance testing and reporting", as 1 − FNMR at a given FMR.

    Args:
        genuine: (n,) scores of pairs that show one identity.
        impostor: (m,) scores of pairs that do not.
        far: share of the impostor pairs that may pass.
    """
    return float(np.mean(genuine > threshold_at(impostor, far)))


def threshold_at(impostor: np.ndarray, far: float) -> float:
    """Return the lowest score such that no larger share than `far` of the impostor scores (m,) lies above it."""
    allowed = int(np.floor(far * len(impostor) + 1e-9))
    if allowed >= len(impostor):
        return -np.inf
    place = len(impostor) - 1 - allowed
    return float(np.partition(impostor, place)[place])
