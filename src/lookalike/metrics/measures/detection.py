"""How many persons are found at rank 1 by a score that few absent persons reach."""

import numpy as np

from lookalike.metrics.measures.true_accept import threshold_at


def detection_identification_rate(score: np.ndarray, right: np.ndarray, absent: np.ndarray, far: float) -> float:
    """Return the detection and identification rate at rank 1 and a false-accept rate, both over searches.

    Sources: Grother, Micheals and Phillips, "Face Recognition Vendor Test 2002 Performance Metrics", AVBPA 2003;
    Grother, Ngan and Hanaoka, NIST IR 8271, "Face Recognition Vendor Test Part 2: Identification", 2019, section 3, as
    1 − FNIR(N, R = 1, T) at a given FPIR(N, T).

    Args:
        score: (n,) of the first answers to searches for persons in the gallery.
        right: (n,) bool: the answer shows the person.
        absent: (m,) scores of the first answers to searches for persons who are not in it.
        far: share of the latter that may pass.
    """
    return float(np.mean(right & (score > threshold_at(absent, far))))
