"""The face of every image: detectors first, then the dataset's usual place, its median face last."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.candidates import Candidates, Face
from lookalike.faces.canvas import Canvas
from lookalike.faces.choice import choose
from lookalike.faces.detectors import Detectors
from lookalike.faces.fallback import with_fallbacks
from lookalike.faces.pixels import read_pixels
from lookalike.faces.table import FaceTable
from lookalike.faces.usual import doubtful, usual_box
from lookalike.kit.progress import track
from lookalike.kit.workers import worker_count
from lookalike.params.faces import FaceOptions

_BATCH = 16
Look = Callable[[Sequence[Canvas]], list[Face | None]]


def find_faces(root: Path, images: Catalog, options: FaceOptions) -> FaceTable:
    """Return one face for every image.

    Args:
        root: folder of the dataset.
        images: catalogue rows with status ok.
        options: how to search.
    """
    search = _Search(root, images, options)
    search.everywhere()
    search.finer()
    search.usual_place()
    return with_fallbacks(images, search.found)


class _Search:
    """The faces found so far, and ways to find more."""

    def __init__(self, root: Path, images: Catalog, options: FaceOptions) -> None:
        self._root, self._images, self._options = root, images, options
        self._detectors = Detectors(options)
        self._size = np.stack([images.width, images.height], axis=1)
        self.found: list[Face | None] = [None] * len(images)

    def everywhere(self) -> None:
        """Look at every image at the first resolution."""
        self._keep(np.arange(len(self.found)), self._options.side, self._detectors.see, "finding faces")

    def finer(self) -> None:
        """Look again, with more pixels, at images that were shrunk and showed no face."""
        side = round(self._options.side * self._options.min_face / self._options.fine_min_face)
        rows = np.flatnonzero(self._missing & (self._size.max(axis=1) > self._options.side))
        self._keep(rows, side, self._detectors.see, "looking closer")

    def usual_place(self) -> None:
        """Look where the dataset's faces usually are, for images without a face or with a doubtful one."""
        known = np.flatnonzero(~self._missing)
        if not len(known) or self._options.guess == 1:
            return
        relative = self._relative(known)
        usual = usual_box(relative)
        rows = np.union1d(np.flatnonzero(self._missing), known[doubtful(relative)])
        self._keep(rows, self._options.side, lambda seen: self._detectors.guess(seen, usual), "looking again")

    @property
    def _missing(self) -> np.ndarray:
        return np.array([face is None for face in self.found], dtype=bool)

    def _relative(self, rows: np.ndarray) -> np.ndarray:
        box = np.stack([face.box for face in (self.found[row] for row in rows) if face])
        return box / np.tile(self._size[rows], 2)

    def _keep(self, rows: np.ndarray, side: int, look: Look, description: str) -> None:
        """Look at some images and keep the better of the old face and the new one."""

        def job(batch: np.ndarray) -> list[Face | None]:
            return look([self._canvas(row, side) for row in batch])

        batches = self._batches(rows, side)
        with ThreadPoolExecutor(worker_count()) as pool:
            seen = track(pool.map(job, batches), description, len(batches))
            for batch, faces in zip(batches, seen, strict=True):
                for row, face in zip(batch, faces, strict=True):
                    self.found[row] = self._better(row, face)

    def _canvas(self, row: int, side: int) -> Canvas:
        return Canvas.of(read_pixels(self._root, self._images.image_id[row]), side, self._options.border)

    def _batches(self, rows: np.ndarray, side: int) -> list[np.ndarray]:
        """Group images of like shape, so that little of a batch is padding; the same for any number of workers."""
        shape = (self._size[rows] * np.minimum(side / self._size[rows].max(axis=1, keepdims=True), 1)).round()
        order = rows[np.lexsort((rows, shape[:, 1], shape[:, 0]))]
        return [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]

    def _better(self, row: int, face: Face | None) -> Face | None:
        faces = [one for one in (self.found[row], face) if one]
        index = choose(Candidates.of(faces), *map(int, self._size[row])) if faces else None
        return None if index is None else faces[index]
