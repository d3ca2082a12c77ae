"""The face of every image: detectors first, then the places where a face usually is, a central one last."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.boxes import share_of_smaller
from lookalike.faces.candidates import Candidates
from lookalike.faces.canvas import Canvas
from lookalike.faces.choice import choose, merit
from lookalike.faces.detectors import load_detectors
from lookalike.faces.fallback import central_face
from lookalike.faces.pixels import Reader
from lookalike.faces.table import FALLBACK, Face, FaceTable
from lookalike.kit.progress import track
from lookalike.kit.workers import worker_count
from lookalike.params.faces import FaceOptions

# An eye or a button taken for a face has less merit than this; so has about one face in fifty.
_DOUBTFUL = 0.25
# Least probability of a guess that takes the place of a face. Pasted into other pictures at a quarter of their size and
# less, 3 of 190 faces gave way to a guess that was none.
_SURE = 0.9
# Two boxes that share more of the smaller one show one face.
_SAME = 0.5
# Sides of the search for one face. In collages of up to 48 portraits 542 of 542 faces are found so, 541 at 2.5.
_SHARPER = 4
# Faces of one image that are told: a crowd would take minutes to embed.
MOST = 32


def find_faces(read: Reader, images: Catalog, options: FaceOptions) -> FaceTable:
    """Return one face for every image; it depends on the image's pixels and the options alone.

    Args:
        read: gives the pixels of an image; called from several threads, once or a few times an image.
        images: catalogue rows with status ok.
        options: how to search.
    """
    finder = Finder(read, options)
    rows = zip(images.image_id, images.width, images.height, strict=True)
    with ThreadPoolExecutor(worker_count()) as pool:
        found = pool.map(lambda row: finder.face(row[0], int(row[1]), int(row[2])), rows)
        return FaceTable.of(images.image_id, list(track(found, "finding faces", len(images))))


class Finder:
    """Detectors and an order in which they are asked; safe to share between threads."""

    def __init__(self, read: Reader, options: FaceOptions) -> None:
        self._read, self._options = read, options
        self._detectors = load_detectors(options)

    def face(self, image_id: str, width: int, height: int) -> Face:
        """Return the face of one image, in its pixels.

        Args:
            image_id: which, as the reader knows it.
            width: of the whole image, whatever scale it is read at.
            height: of the whole image.
        """
        side, longer = self._options.side, max(width, height)
        canvas = self._canvas(image_id, side, (width, height))
        face = self._detectors.detect(canvas)
        if face is None and longer > side:
            face = self._detectors.detect(self._canvas(image_id, self._fine_side, (width, height)))
        if self._options.guess < 1:
            face = self._guessed(canvas, face)
        return face or central_face(width, height)

    def faces(self, image_id: str, width: int, height: int) -> list[Face]:
        """Return every face of one image: first that which `face` returns, then the others, most merit first.

        They are looked for in a sharper copy of the image, since among many each is small.

        Args:
            image_id: as for `face`.
            width: as for `face`.
            height: as for `face`.

        Returns:
            1 to `MOST`; a central face that is only assumed stands alone.
        """
        first = self.face(image_id, width, height)
        found = self._detectors.detect_all(self._canvas(image_id, _SHARPER * self._options.side, (width, height)))
        found.sort(key=lambda face: -merit(face, width, height))
        kept = [first] if first.detector != FALLBACK or not found else []
        for face in found:
            others = np.array([other.box for other in kept]).reshape(-1, 4)
            if share_of_smaller(face.box, others).max(initial=0) <= _SAME:
                kept.append(face)
        return kept[:MOST]

    def _guessed(self, canvas: Canvas, face: Face | None) -> Face | None:
        """Return a face that was found, or a likelier one in the usual places."""
        if face is None:
            return self._detectors.guess(canvas, self._options.guess)
        if merit(face, *canvas.size) >= _DOUBTFUL:
            return face
        guess = self._detectors.guess(canvas, _SURE)
        faces = [face] if guess is None else [face, guess]
        return faces[choose(Candidates.of(faces), *canvas.size) or 0]

    @property
    def _fine_side(self) -> int:
        return round(self._options.side * self._options.min_face / self._options.fine_min_face)

    def _canvas(self, image_id: str, side: int, size: tuple[int, int]) -> Canvas:
        # A large photograph is decoded at the scale that is needed; at half of its size this gains nothing.
        pixels = self._read(image_id, side) if max(size) >= 4 * side else self._read(image_id)
        return Canvas.of(pixels, side, self._options.border, size)
