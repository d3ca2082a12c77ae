"""The one face of an image: large, sure and central."""

import numpy as np

from lookalike.faces.boxes import centres, sides
from lookalike.faces.candidates import Candidates
from lookalike.faces.table import Face


def choose(candidates: Candidates, width: int, height: int) -> int | None:
    """Return the index of the best candidate, None where there is none.

    Args:
        candidates: faces in pixels of the image.
        width: of the image.
        height: of the image.
    """
    if len(candidates) == 0:
        return None
    return int(np.argmax(prominence(candidates.box, width, height) * candidates.score))


def merit(face: Face, width: int, height: int) -> float:
    """Return by how much a face deserves to be the one of its image, from 0 to about 1."""
    return float(prominence(face.box[None], width, height)[0] * face.score)


def prominence(box: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return (n,) how large and central boxes (n, 4) are; times its score, this is the merit of a face.

    It is the side as a share of the image's, times a bell over the distance of the box's centre from the image's.
    """
    frame = np.array([width, height], dtype=np.float64)
    x, y = ((centres(box) - frame / 2) / frame).T
    return np.asarray(sides(box).max(axis=1) / frame.max() * np.exp(-2 * (x * x + y * y)))
