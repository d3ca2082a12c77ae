"""The face of each image of a batch: what MTCNN sees, else YuNet, with landmarks that many looks agree on."""

from collections.abc import Sequence

import numpy as np

from lookalike.faces.candidates import Candidates, Face
from lookalike.faces.canvas import Canvas, stack
from lookalike.faces.choice import choose
from lookalike.faces.consensus import agree
from lookalike.faces.mtcnn import Mtcnn
from lookalike.faces.usual import guesses
from lookalike.faces.yunet import YuNet
from lookalike.params.faces import FaceOptions

GUESS = "guess"


class Detectors:
    """All networks that look for faces; safe to share between threads."""

    def __init__(self, options: FaceOptions) -> None:
        """Load the networks."""
        self._options = options
        self._mtcnn = Mtcnn(options.min_face, (options.pnet, options.rnet, options.onet))

    def see(self, canvases: Sequence[Canvas]) -> list[Face | None]:
        """Return the best face of each image, in its pixels; None where no detector finds one."""
        pixels = stack(canvases)
        found = zip(canvases, self._mtcnn.detect(pixels), strict=True)
        seen = [_best(canvas, candidates, Mtcnn.name) for canvas, candidates in found]
        return self._settle(canvases, pixels, self._ask_yunet(canvases, seen))

    def guess(self, canvases: Sequence[Canvas], usual: np.ndarray) -> list[Face | None]:
        """Return the surest face at the dataset's usual place, in pixels of its image; None where none is sure enough.

        Args:
            canvases: images to look at.
            usual: (4,) box as shares of an image's width and height.
        """
        pixels = stack(canvases)
        boxes = [canvas.from_image(guesses(usual, *canvas.size)) for canvas in canvases]
        count, each = len(boxes), len(boxes[0])
        judged = self._mtcnn.judge(pixels, np.repeat(np.arange(count), each), np.concatenate(boxes))
        surest = np.arange(count) * each + judged.score.reshape(count, each).argmax(axis=1)
        sure = judged.score[surest] >= self._options.guess
        seen = [judged.face(index, GUESS) if good else None for index, good in zip(surest, sure, strict=True)]
        return self._settle(canvases, pixels, seen)

    def _ask_yunet(self, canvases: Sequence[Canvas], seen: list[Face | None]) -> list[Face | None]:
        if self._options.yunet == 1 or None not in seen:
            return seen
        yunet = YuNet(self._options.yunet)
        return [
            face or _best(canvas, yunet.detect(canvas.pixels), YuNet.name)
            for canvas, face in zip(canvases, seen, strict=True)
        ]

    def _settle(self, canvases: Sequence[Canvas], pixels: np.ndarray, seen: list[Face | None]) -> list[Face | None]:
        """Replace each face seen on its canvas by the mean of many looks, in pixels of its image."""
        owner = np.array([row for row, face in enumerate(seen) if face], dtype=np.int64)
        faces = [face for face in seen if face]
        result: list[Face | None] = [None] * len(seen)
        if faces:
            agreed = self._agreed(pixels, owner, Candidates.of(faces))
            for index, row in enumerate(owner):
                one = canvases[row].to_image(agreed.rows(np.array([index])))
                result[row] = one.face(0, faces[index].detector)
        return result

    def _agreed(self, pixels: np.ndarray, owner: np.ndarray, faces: Candidates) -> Candidates:
        jitter = self._options.jitter
        return agree(self._mtcnn.judge, pixels, owner, faces.box, jitter) if jitter else faces


def _best(canvas: Canvas, candidates: Candidates, detector: str) -> Face | None:
    index = choose(canvas.to_image(candidates), *canvas.size)
    return None if index is None else candidates.face(index, detector)
