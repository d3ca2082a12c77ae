"""One photograph, embedded as the run's queries were."""

import hashlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np

from lookalike.catalog.table import OK, Catalog
from lookalike.faces.table import FaceTable
from lookalike.kit.images.decode import decode_bytes, read_bytes, scale_for
from lookalike.tools.search.answer import FoundFace
from lookalike.tools.search.encoder import Encoder


@dataclass(frozen=True)
class Photograph:
    """A photograph's face and embeddings.

    Attributes:
        width: upright, pixels.
        height: upright, pixels.
        face: None for a dataset whose images are shown whole.
        embedding: model -> (1, dim) float32 unit row.
    """

    width: int
    height: int
    face: FoundFace | None
    embedding: dict[str, np.ndarray]


def embed_photograph(photo: Path, encoder: Encoder, models: tuple[str, ...]) -> Photograph:
    """Decode a photograph once, find its face and embed it.

    Args:
        photo: an image file.
        encoder: the run's detectors and models.
        models: whose embeddings are wanted.

    Raises:
        UnreadableImage: the file gives no pixels.
    """
    data = read_bytes(photo)

    @cache
    def at(scale: int) -> np.ndarray:
        return decode_bytes(data, str(photo), scale)

    def read(_: str, side: int | None = None) -> np.ndarray:
        return at(1 if side is None else scale_for(BytesIO(data), side))

    height, width, _ = at(1).shape
    image = _catalogued(photo.name, hashlib.sha256(data).hexdigest(), width, height)

    faces = encoder.find(read, image)
    embedding = {model: encoder.embed(model, read, image, faces) for model in models}
    return Photograph(width, height, face_of(faces, 0), embedding)


def face_of(faces: FaceTable | None, row: int) -> FoundFace | None:
    """Return one row of a face table as an answer tells it."""
    if faces is None:
        return None
    face = faces.face(row)
    x1, y1, x2, y2 = map(float, face.box)
    return FoundFace((x1, y1, x2, y2), face.landmarks, face.detector)


def _catalogued(name: str, digest: str, width: int, height: int) -> Catalog:
    def text(value: str | None) -> np.ndarray:
        return np.array([value], dtype=object)

    size = np.array([width], np.int32), np.array([height], np.int32)
    return Catalog(text(name), text("query"), text("real"), text(None), *size, text(digest), text(OK))
