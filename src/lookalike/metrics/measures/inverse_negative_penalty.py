"""How early all right images have been found."""

import numpy as np


def inverse_negative_penalty(hit: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return (n,) INP: right images over the rank of the last of them; 0 unless all were retrieved.

    Source: Ye et al., "Deep Learning for Person Re-identification: A Survey and Outlook", TPAMI 2021, equation 3.
    """
    depth = hit.shape[1]
    if depth == 0:
        return np.zeros(len(total))
    last = depth - np.argmax(hit[:, ::-1], axis=1)
    return np.where(hit.sum(axis=1) == total, total / last, 0.0)
