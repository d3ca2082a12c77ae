"""How often a pair of one identity scores higher than another pair."""

import numpy as np


def area_under_roc(genuine: np.ndarray, impostor: np.ndarray) -> float:
    """Return P(genuine > impostor) + P(genuine = impostor) / 2.

    Source: Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC) curve",
    Radiology 1982: the statistic of Mann and Whitney.

    Args:
        genuine: (n,) scores of pairs that show one identity.
        impostor: (m,) scores of pairs that do not.
    """
    ordered = np.sort(impostor)
    below = np.searchsorted(ordered, genuine, side="left").mean()
    up_to = np.searchsorted(ordered, genuine, side="right").mean()
    return float((below + up_to) / 2 / max(len(impostor), 1))
