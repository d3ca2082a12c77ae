"""What a model is shown of an image, as a digest: vectors stand under it."""

import hashlib

import numpy as np

from lookalike.engine.rows import DIGEST, from_hex
from lookalike.faces.table import Face, FaceTable
from lookalike.params.crop import CropOptions


def shown(sha256: np.ndarray, faces: FaceTable | None, crop: CropOptions) -> np.ndarray:
    """Return (n,) `DIGEST` of what a model is shown of n images.

    That is the image and the place of its face, not who found it or by which options: an edit of the detectors that
    leaves a face where it was embeds nothing again.

    Args:
        sha256: (n,) of the images' bytes, in hex.
        faces: of the images; None where they are shown whole.
        crop: what is cut out of them.
    """
    digest = from_hex(sha256)
    if faces is None or crop.template == "whole":
        return digest
    pairs = zip(digest.view(np.uint8).reshape(-1, DIGEST.itemsize), faces.points, strict=True)
    return np.frombuffer(b"".join(_digest(image, points) for image, points in pairs), DIGEST)


def shown_one(sha256: str, face: Face | None, crop: CropOptions) -> np.ndarray:
    """Return the same of one image, (1,)."""
    names = np.array([sha256], dtype=object)
    return shown(names, None if face is None else FaceTable.of(names, [face]), crop)


def _digest(image: np.ndarray, points: np.ndarray) -> bytes:
    return hashlib.sha256(image.tobytes() + np.asarray(points, "<f4").tobytes()).digest()
