"""Where no face was found: the median face of the others, in shares of the image."""

from collections.abc import Sequence

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.prior import Prior
from lookalike.faces.table import FALLBACK, Face, FaceTable
from lookalike.faces.templates import ARCFACE

# Without one known face: a face that fills three quarters of the image, as in an aligned portrait.
_CENTRAL = (ARCFACE - 0.5) * 0.75 + 0.5
_CENTRAL_CORNERS = np.array([[0.15, 0.1], [0.85, 0.95]])


def with_fallbacks(images: Catalog, found: Sequence[Face | None], prior: Prior | None = None) -> FaceTable:
    """Return the face table of what was found, with the median face where nothing was.

    Args:
        images: catalogue rows with status ok, n of them.
        found: (n) the face of each image, in its pixels, or None.
        prior: faces of like images, which count beside those found.
    """
    known = np.array([face is not None for face in found], dtype=bool)
    faces = [face for face in found if face]
    points = np.zeros((len(images), 7, 2), dtype=np.float32)
    if faces:
        points[known] = [face.points for face in faces]
    own = Prior.learn(points[known], images.size[known])
    typical = _typical(own if prior is None else prior.joined(own))
    points[~known] = typical * images.size[~known, None].astype(np.float32)
    return FaceTable(
        image_id=images.image_id,
        detector=np.array([face.detector if face else FALLBACK for face in found], dtype=object),
        score=np.array([face.score if face else 0.0 for face in found], dtype=np.float32),
        box=points[:, 5:].reshape(-1, 4),
        landmarks=points[:, :5],
    )


def _typical(prior: Prior) -> np.ndarray:
    """Return (7, 2) float32 landmarks and corners in shares of an image."""
    return prior.median if len(prior) else np.concatenate([_CENTRAL, _CENTRAL_CORNERS]).astype(np.float32)
