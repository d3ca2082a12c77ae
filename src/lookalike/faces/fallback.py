"""Where detectors see nothing sure: the places where a face usually is, and a central face where none is found there.

They are the same for every image of whatever dataset, so that an image's face depends on the image alone.
"""

import numpy as np

from lookalike.faces.boxes import around
from lookalike.faces.table import FALLBACK, Face
from lookalike.faces.templates import ARCFACE

# Faces fill a portrait or two fifths of it, in the middle or near it: sides as shares of the image's longer one.
_SIDES = (0.4, 0.55, 0.75, 1.0)
_SHIFTS = (-0.2, -0.1, 0.0, 0.1, 0.2)
# A face as in a portrait cut close to it: landmarks and corners as shares of the image.
_CENTRAL = np.concatenate([(ARCFACE - 0.5) * 0.75 + 0.5, [[0.15, 0.1], [0.85, 0.95]]]).astype(np.float32)


def usual_boxes(width: int, height: int) -> np.ndarray:
    """Return (k, 4) float32 squares in pixels of an image, where its face may be looked for."""
    centre, half = np.array([width, height]) / 2, max(width, height) / 2
    return around(np.concatenate([centre - half, centre + half])[None], _SIDES, _SHIFTS)[0]


def central_face(width: int, height: int) -> Face:
    """Return the face that is assumed where none was found, in pixels of the image; its score is 0."""
    points = _CENTRAL * np.array([width, height], dtype=np.float32)
    return Face(FALLBACK, 0.0, points[5:].reshape(4), points[:5])
