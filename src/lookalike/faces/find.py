"""The face of every image: detectors first, then the place that the prior gives, the median face last."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.candidates import Candidates
from lookalike.faces.canvas import Canvas
from lookalike.faces.choice import choose
from lookalike.faces.detectors import load_detectors
from lookalike.faces.fallback import with_fallbacks
from lookalike.faces.pixels import Reader
from lookalike.faces.prior import Prior, doubtful
from lookalike.faces.table import Face, FaceTable
from lookalike.kit.progress import track
from lookalike.kit.workers import worker_count
from lookalike.params.faces import FaceOptions

Detect = Callable[[Canvas], Face | None]


def find_faces(read: Reader, images: Catalog, options: FaceOptions, prior: Prior | None = None) -> FaceTable:
    """Return one face for every image.

    Args:
        read: gives the pixels of an image; called from several threads, once for each pass over it.
        images: catalogue rows with status ok.
        options: how to search.
        prior: learned from like images; without one it is learned from the faces found in these. A few images should
            be given one: what they teach each other may be a mistake that they share.
    """
    given = prior if prior is not None else Prior.empty()
    finder = _Finder(read, images, options)
    finder.at_first_resolution()
    finder.at_finer_resolution()
    finder.by_prior(given)
    return with_fallbacks(images, finder.found, given)


class _Finder:
    """The faces found so far, and ways to find more."""

    def __init__(self, read: Reader, images: Catalog, options: FaceOptions) -> None:
        self._read, self._images, self._options = read, images, options
        self._detectors = load_detectors(options)
        self.found: list[Face | None] = [None] * len(images)

    def at_first_resolution(self) -> None:
        """Detect faces in every image, shrunk to `side`."""
        self._keep(np.arange(len(self.found)), self._options.side, self._detectors.detect, "finding faces")

    def at_finer_resolution(self) -> None:
        """Detect again, with more pixels, in images that were shrunk and showed no face."""
        side = round(self._options.side * self._options.min_face / self._options.fine_min_face)
        rows = np.flatnonzero(self._missing & (self._images.size.max(axis=1) > self._options.side))
        self._keep(rows, side, self._detectors.detect, "finding small faces")

    def by_prior(self, given: Prior) -> None:
        """Try the prior's place in images without a face or with a doubtful one.

        The prior is the given one, or learned from the faces found so far; faces of both make a face doubtful.
        """
        known = np.flatnonzero(~self._missing)
        own = self._learned(known)
        prior = given if len(given) else own
        if not len(prior) or self._options.guess == 1:
            return
        doubts = doubtful(given.joined(own).box)[len(given) :]
        rows = np.union1d(np.flatnonzero(self._missing), known[doubts])
        place = prior.place
        self._keep(
            rows, self._options.side, lambda canvas: self._detectors.guess(canvas, place), "finding missed faces"
        )

    @property
    def _missing(self) -> np.ndarray:
        return np.array([face is None for face in self.found], dtype=bool)

    def _learned(self, rows: np.ndarray) -> Prior:
        faces = [face for face in (self.found[row] for row in rows) if face]
        return (
            Prior.learn(np.stack([face.points for face in faces]), self._images.size[rows]) if faces else Prior.empty()
        )

    def _keep(self, rows: np.ndarray, side: int, detect: Detect, description: str) -> None:
        """Detect faces in some images and keep the better of the old face and the new one."""

        def job(row: int) -> Face | None:
            return self._better(row, detect(self._canvas(row, side)))

        with ThreadPoolExecutor(worker_count()) as pool:
            results = track(pool.map(job, rows), description, len(rows))
            for row, face in zip(rows, results, strict=True):
                self.found[row] = face

    def _canvas(self, row: int, side: int) -> Canvas:
        width, height = map(int, self._images.size[row])
        name = self._images.image_id[row]
        # A large photograph is decoded at the scale that is needed; at half of its size this gains nothing.
        pixels = self._read(name, side) if max(width, height) >= 4 * side else self._read(name)
        return Canvas.of(pixels, side, self._options.border, (width, height))

    def _better(self, row: int, face: Face | None) -> Face | None:
        faces = [one for one in (self.found[row], face) if one]
        index = choose(Candidates.of(faces), *map(int, self._images.size[row])) if faces else None
        return None if index is None else faces[index]
