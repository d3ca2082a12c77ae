"""Which of some images belong to a set of them."""

from collections.abc import Iterable, Sequence

import numpy as np


def among(image_id: Sequence[str] | np.ndarray, wanted: Iterable[str]) -> np.ndarray:
    """Return (n,) bool: the image is one of `wanted`.

    `numpy.isin` compares every pair where the arrays hold objects; this looks each up once.
    """
    chosen = set(wanted)
    return np.array([name in chosen for name in image_id], dtype=bool)
