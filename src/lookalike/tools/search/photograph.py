"""Photographs, embedded as the run's queries were."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.catalog.table import OK, Catalog
from lookalike.faces.pixels import DecodedOnce
from lookalike.faces.table import Face, FaceTable
from lookalike.kit.images.decode import read_bytes
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


class Photo(DecodedOnce):
    """A photograph, decoded."""

    def __init__(self, path: Path) -> None:
        """Read and decode an image file.

        Raises:
            UnreadableImage: the file gives no pixels.
        """
        super().__init__(read_bytes(path), path)
        self()

    @property
    def row(self) -> Catalog:
        """Its row of a catalogue."""
        height, width, _ = self().shape
        return _catalogued(self.path.name, hashlib.sha256(self.data).hexdigest(), width, height)


def embed_photograph(photo: Photo, encoder: Encoder, models: tuple[str, ...], face: Face | None = None) -> Photograph:
    """Find the face of a photograph and embed it.

    Args:
        photo: decoded.
        encoder: the run's detectors and models.
        models: whose embeddings are wanted.
        face: which to embed; by default the one that the run's stages would take.
    """
    image = photo.row
    faces = encoder.find(photo, image) if face is None else FaceTable.of(image.image_id, [face])
    embedding = {model: encoder.embed(model, photo, image, faces) for model in models}
    return Photograph(int(image.width[0]), int(image.height[0]), face_of(faces, 0), embedding)


def face_of(faces: FaceTable | None, row: int) -> FoundFace | None:
    """Return one row of a face table as an answer tells it."""
    return None if faces is None else told(faces.face(row))


def told(face: Face) -> FoundFace:
    """Return a face as an answer tells it."""
    x1, y1, x2, y2 = map(float, face.box)
    return FoundFace((x1, y1, x2, y2), face.landmarks, face.detector)


def _catalogued(name: str, digest: str, width: int, height: int) -> Catalog:
    def text(value: str | None) -> np.ndarray:
        return np.array([value], dtype=object)

    size = np.array([width], np.int32), np.array([height], np.int32)
    return Catalog(text(name), text("query"), text("real"), text(None), *size, text(digest), text(OK))
