"""Where no face was found: the dataset's own median face, in shares of the image."""

from collections.abc import Sequence

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.candidates import Face
from lookalike.faces.table import FALLBACK, FaceTable
from lookalike.faces.templates import ARCFACE

# For a dataset without one found face: a face that fills three quarters of the image, as in an aligned portrait.
_CENTRAL = (ARCFACE - 0.5) * 0.75 + 0.5
_CENTRAL_CORNERS = np.array([[0.15, 0.1], [0.85, 0.95]])


def with_fallbacks(images: Catalog, found: Sequence[Face | None]) -> FaceTable:
    """Return the face table of what was found, with the median face where nothing was.

    Args:
        images: catalogue rows with status ok, n of them.
        found: (n) the face of each image, in its pixels, or None.
    """
    frame = np.stack([images.width, images.height], axis=1).astype(np.float32)[:, None]
    known = np.array([face is not None for face in found], dtype=bool)
    faces = [face for face in found if face]
    points = np.zeros((len(images), 7, 2), dtype=np.float32)  # the five landmarks and two corners of the box
    if faces:
        points[known] = [np.concatenate([face.landmarks, face.box.reshape(2, 2)]) for face in faces]
    points[~known] = _typical(points[known] / frame[known]) * frame[~known]
    return FaceTable(
        image_id=images.image_id,
        detector=np.array([face.detector if face else FALLBACK for face in found], dtype=object),
        score=np.array([face.score if face else 0.0 for face in found], dtype=np.float32),
        box=points[:, 5:].reshape(-1, 4),
        landmarks=points[:, :5],
    )


def _typical(relative: np.ndarray) -> np.ndarray:
    """Return (7, 2): the median of (n, 7, 2) landmarks and corners in shares of their images."""
    if len(relative):
        return np.median(relative, axis=0).astype(np.float32)
    return np.concatenate([_CENTRAL, _CENTRAL_CORNERS]).astype(np.float32)
