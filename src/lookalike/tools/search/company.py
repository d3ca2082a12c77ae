"""Like images with known faces: they say where a face should be, however few images are looked at."""

from dataclasses import dataclass, replace

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.table import FaceTable
from lookalike.faces.usual import doubtful, usual_box


@dataclass(frozen=True)
class Company:
    """Images that are framed alike, whose faces are known already.

    Attributes:
        images: n catalogue rows.
        faces: their faces, at least one of them found.
    """

    images: Catalog
    faces: FaceTable

    @property
    def usual(self) -> np.ndarray:
        """(4,): where faces usually are, in shares of the image."""
        return usual_box(_relative(self.images, self.faces)[self.faces.found, 5:].reshape(-1, 4))

    def doubts(self, images: Catalog, faces: FaceTable) -> np.ndarray:
        """Tell which found faces (n,) are far smaller than the company's, as an eye taken for a face is."""
        boxes = [_relative(*pair)[:, 5:].reshape(-1, 4) for pair in ((self.images, self.faces), (images, faces))]
        theirs = boxes[0][self.faces.found]
        return doubtful(np.concatenate([theirs, boxes[1]]))[len(theirs) :] & faces.found

    def lend(self, images: Catalog, faces: FaceTable) -> FaceTable:
        """Return faces of which those that were not found stand at the median of all that were.

        Args:
            images: catalogue rows.
            faces: theirs.
        """
        missing = ~faces.found
        known = np.concatenate(
            [_relative(self.images, self.faces)[self.faces.found], _relative(images, faces)[faces.found]]
        )
        points = np.median(known, axis=0) * _frame(images)[missing]
        box, landmarks = faces.box.copy(), faces.landmarks.copy()
        box[missing], landmarks[missing] = points[:, 5:].reshape(-1, 4), points[:, :5]
        return replace(faces, box=box, landmarks=landmarks)


def _relative(images: Catalog, faces: FaceTable) -> np.ndarray:
    """Return (n, 7, 2): five landmarks and the corners of the box, in shares of their images."""
    points = np.concatenate([faces.landmarks, faces.box.reshape(-1, 2, 2)], axis=1)
    return points / _frame(images)


def _frame(images: Catalog) -> np.ndarray:
    return np.stack([images.width, images.height], axis=1).astype(np.float32)[:, None]
