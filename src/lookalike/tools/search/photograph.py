"""One photograph, embedded as the run's queries were."""

import hashlib
from dataclasses import dataclass
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


class Photo:
    """A photograph's bytes and its pixels, decoded once at each scale that is asked for."""

    def __init__(self, path: Path) -> None:
        """Read and decode an image file.

        Raises:
            UnreadableImage: the file gives no pixels.
        """
        self.path, self._data = path, read_bytes(path)
        self._decoded = {1: decode_bytes(self._data, str(path))}

    def __call__(self, _: str, side: int | None = None) -> np.ndarray:
        """Return (height, width, 3) uint8 RGB; `side` as for `faces.pixels.Reader`."""
        scale = 1 if side is None else scale_for(BytesIO(self._data), side)
        if scale not in self._decoded:
            self._decoded[scale] = decode_bytes(self._data, str(self.path), scale)
        return self._decoded[scale]

    @property
    def row(self) -> Catalog:
        """Its row of a catalogue."""
        height, width, _ = self._decoded[1].shape
        return _catalogued(self.path.name, hashlib.sha256(self._data).hexdigest(), width, height)


def embed_photograph(photo: Photo, encoder: Encoder, models: tuple[str, ...]) -> Photograph:
    """Find the face of a photograph and embed it.

    Args:
        photo: decoded.
        encoder: the run's detectors and models.
        models: whose embeddings are wanted.
    """
    image = photo.row
    faces = encoder.find(photo, image)
    embedding = {model: encoder.embed(model, photo, image, faces) for model in models}
    return Photograph(int(image.width[0]), int(image.height[0]), face_of(faces, 0), embedding)


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
