"""The face of each image of a batch: what MTCNN finds, else YuNet, with landmarks averaged over many passes."""

from collections.abc import Sequence

import numpy as np

from lookalike.faces.candidates import Candidates
from lookalike.faces.canvas import Canvas, stack
from lookalike.faces.choice import choose
from lookalike.faces.consensus import consensus
from lookalike.faces.mtcnn import Mtcnn
from lookalike.faces.prior import candidate_boxes
from lookalike.faces.table import Face
from lookalike.faces.yunet import YuNet
from lookalike.params.faces import FaceOptions

GUESS = "guess"


class Detectors:
    """All networks that look for faces; safe to share between threads."""

    def __init__(self, options: FaceOptions) -> None:
        """Load the networks."""
        self._options = options
        self._mtcnn = Mtcnn(options.min_face, (options.pnet, options.rnet, options.onet))

    def detect(self, canvases: Sequence[Canvas]) -> list[Face | None]:
        """Return the best face of each image, in its pixels; None where no detector finds one."""
        pixels = stack(canvases)
        found = zip(canvases, self._mtcnn.detect(pixels), strict=True)
        faces = [_best(canvas, candidates, Mtcnn.name) for canvas, candidates in found]
        return self._refined(canvases, pixels, self._with_yunet(canvases, faces))

    def guess(self, canvases: Sequence[Canvas], place: np.ndarray) -> list[Face | None]:
        """Return the surest face at and around one place, in pixels of its image; None where none is sure enough.

        Args:
            canvases: images to look at.
            place: (4,) box as shares of an image's width and height.
        """
        pixels = stack(canvases)
        boxes = [canvas.from_image(candidate_boxes(place, *canvas.size)) for canvas in canvases]
        count, each = len(boxes), len(boxes[0])
        refined = self._mtcnn.refine(pixels, np.repeat(np.arange(count), each), np.concatenate(boxes))
        surest = np.arange(count) * each + refined.score.reshape(count, each).argmax(axis=1)
        sure = refined.score[surest] >= self._options.guess
        faces = [refined.face(index, GUESS) if good else None for index, good in zip(surest, sure, strict=True)]
        return self._refined(canvases, pixels, faces)

    def _with_yunet(self, canvases: Sequence[Canvas], faces: list[Face | None]) -> list[Face | None]:
        if self._options.yunet == 1 or None not in faces:
            return faces
        yunet = YuNet(self._options.yunet)
        return [
            face or _best(canvas, yunet.detect(canvas.pixels), YuNet.name)
            for canvas, face in zip(canvases, faces, strict=True)
        ]

    def _refined(self, canvases: Sequence[Canvas], pixels: np.ndarray, found: list[Face | None]) -> list[Face | None]:
        """Replace each face of a canvas by the mean of many passes over it, in pixels of its image."""
        owner = np.array([row for row, face in enumerate(found) if face], dtype=np.int64)
        faces = [face for face in found if face]
        result: list[Face | None] = [None] * len(found)
        if faces:
            mean = self._mean(pixels, owner, Candidates.of(faces))
            for index, row in enumerate(owner):
                one = canvases[row].to_image(mean.rows(np.array([index])))
                result[row] = one.face(0, faces[index].detector)
        return result

    def _mean(self, pixels: np.ndarray, owner: np.ndarray, faces: Candidates) -> Candidates:
        jitter = self._options.jitter
        return consensus(self._mtcnn.refine, pixels, owner, faces.box, jitter) if jitter else faces


def _best(canvas: Canvas, candidates: Candidates, detector: str) -> Face | None:
    index = choose(canvas.to_image(candidates), *canvas.size)
    return None if index is None else candidates.face(index, detector)
