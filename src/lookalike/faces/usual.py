"""Where faces usually are in a dataset's images, which of the found ones are doubtful, and where to look again."""

import numpy as np

from lookalike.faces.boxes import sides
from lookalike.faces.consensus import around

_SCALES = (0.6, 0.75, 0.95, 1.2)
_SHIFTS = (-0.2, -0.1, 0.0, 0.1, 0.2)


def usual_box(relative: np.ndarray) -> np.ndarray:
    """Return (4,): the median of boxes (n, 4) given as shares of their images' width and height; n > 0."""
    return np.median(relative, axis=0)


def doubtful(relative: np.ndarray) -> np.ndarray:
    """Tell which boxes are far smaller than the dataset's others, as an eye taken for a face is.

    Args:
        relative: (n, 4) boxes as shares of their images' width and height.

    Returns:
        (n,) bool: log size below the median by more than four robust standard deviations and a factor of two.
    """
    size = np.log(np.maximum(sides(relative), 1e-6)).mean(axis=1)
    below = np.median(size) - size
    deviation = 1.4826 * np.median(np.abs(below))
    return below > max(4 * deviation, np.log(2))


def guesses(usual: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return (k, 4) float32 square boxes in pixels of an image, at and around the usual place."""
    frame = np.array([width, height])
    centre = (usual[:2] + usual[2:]) / 2 * frame
    half = ((usual[2:] - usual[:2]) * frame).max() / 2
    return around(np.concatenate([centre - half, centre + half])[None], _SCALES, _SHIFTS)[0]
