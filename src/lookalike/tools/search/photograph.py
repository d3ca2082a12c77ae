"""One photograph, looked at as the run's queries were."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.catalog.probe import Probe, probe
from lookalike.catalog.table import OK, Catalog
from lookalike.faces.table import FaceTable
from lookalike.kit.images import UnreadableImage
from lookalike.tools.search.answer import FoundFace
from lookalike.tools.search.company import Company
from lookalike.tools.search.encoder import Encoder


@dataclass(frozen=True)
class Photograph:
    """What the run's models see of a photograph.

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


def look_at(photo: Path, encoder: Encoder, models: tuple[str, ...], company: Company | None) -> Photograph:
    """Find the face of a photograph and embed it.

    Args:
        photo: an image file.
        encoder: the run's detectors and models.
        models: whose embeddings are wanted.
        company: the run's images, for a photograph whose face is not found.

    Raises:
        UnreadableImage: the file gives no pixels.
    """
    seen = probe(photo)
    if seen.status != OK:
        raise UnreadableImage(str(photo), seen.status)
    image = _catalogued(photo.name, seen)
    faces = encoder.find(photo.parent, image, company)
    embedding = {model: encoder.embed(model, photo.parent, image, faces) for model in models}
    return Photograph(seen.width, seen.height, face_of(faces, 0), embedding)


def face_of(faces: FaceTable | None, row: int) -> FoundFace | None:
    """Return one row of a face table as an answer tells it."""
    if faces is None:
        return None
    x1, y1, x2, y2 = map(float, faces.box[row])
    return FoundFace((x1, y1, x2, y2), faces.landmarks[row], str(faces.detector[row]))


def _catalogued(name: str, seen: Probe) -> Catalog:
    def text(value: str | None) -> np.ndarray:
        return np.array([value], dtype=object)

    size = np.array([seen.width], np.int32), np.array([seen.height], np.int32)
    return Catalog(text(name), text("query"), text("real"), text(None), *size, text(seen.sha256), text(OK))
