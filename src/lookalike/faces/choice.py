"""The one face of an image: large, sure and central."""

import numpy as np

from lookalike.faces.boxes import centres, sides
from lookalike.faces.candidates import Candidates


def choose(candidates: Candidates, width: int, height: int) -> int | None:
    """Return the index of the best candidate, None where there is none.

    The merit of a face is its side as a share of the image's, times its score, times a bell over the distance of its
    centre from the image's.

    Args:
        candidates: faces in pixels of the image.
        width: of the image.
        height: of the image.
    """
    if len(candidates) == 0:
        return None
    frame = np.array([width, height], dtype=np.float64)
    size = sides(candidates.box).max(axis=1) / frame.max()
    distance = np.linalg.norm((centres(candidates.box) - frame / 2) / frame, axis=1)
    return int(np.argmax(size * candidates.score * np.exp(-2 * distance**2)))
