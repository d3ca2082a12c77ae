"""MTCNN on one canvas: the three networks of facenet-pytorch, largest faces first.

Zhang et al., "Joint Face Detection and Alignment using Multitask Cascaded Convolutional Networks" (2016).
Where one face is wanted, what could not win against a face already found (`choice.prominence`) is left out.
"""

from functools import reduce

import numpy as np

from lookalike.faces.boxes import keep_best_of_nested, shifted, squared, suppress
from lookalike.faces.candidates import Candidates, no_candidates
from lookalike.faces.canvas import Canvas
from lookalike.faces.choice import prominence
from lookalike.faces.networks import SlidingNetwork, onet, rnet
from lookalike.faces.proposals import propose

_PYRAMID_STEP = 0.709  # about 1/sqrt(2): the area halves from one level to the next
_LARGE = 0.4  # of the image's longer side: faces looked for first
# How much offsets may enlarge a box: those of R-Net and O-Net together, those of O-Net alone.
_GROWTH, _LAST_GROWTH = 2.5, 1.2
_OVERLAP = 0.7  # largest of two boxes that O-Net is shown, as published
_REJECTED, _REFINED = 8, 4  # chips a call of R-Net and of O-Net


class Mtcnn:
    """The three networks and the thresholds of their cascade; may be shared between threads."""

    name = "mtcnn"

    def __init__(self, min_face: float, thresholds: tuple[float, float, float]) -> None:
        """Load the networks from the installed facenet-pytorch.

        Args:
            min_face: side of the smallest face searched for, in pixels of the canvas.
            thresholds: least probability after P-Net, R-Net and O-Net.
        """
        self._min_face, self._thresholds = min_face, thresholds
        self._pnet, self._rnet, self._onet = SlidingNetwork(), rnet(_REJECTED), onet(_REFINED)

    def detect(self, canvas: Canvas) -> Candidates:
        """Return faces of a canvas: all that may be its largest, surest and most central one."""
        faces = self._faces(canvas)
        longer = max(canvas.image.shape[:2])
        large = [face for face in faces if face >= _LARGE * longer]
        found = self._search(canvas, large)
        best = _merit(canvas, found)
        small = [face for face in faces if face < _LARGE * longer and face * _GROWTH > best * longer]
        found = found.joined(self._search(canvas, small, best))
        return found.rows(keep_best_of_nested(found.box, found.score, 0.7))

    def detect_all(self, canvas: Canvas) -> Candidates:
        """Return every face of a canvas, however small beside the largest."""
        box = self._proposed(canvas, self._faces(canvas), 0.0)
        some = [self.refine(canvas, box[start : start + _REFINED]) for start in range(0, len(box), _REFINED)]
        found = reduce(Candidates.joined, some, no_candidates())
        found = found.rows(found.score > self._thresholds[2])
        return found.rows(keep_best_of_nested(found.box, found.score, 0.7))

    def refine(self, canvas: Canvas, box: np.ndarray, mirrored: np.ndarray | None = None) -> Candidates:
        """Return what O-Net makes of each box, were it a face: its probability, better box and landmarks.

        Args:
            canvas: where to look.
            box: (n, 4) squares in pixels of the canvas.
            mirrored: (n,) bool: boxes that the network is shown mirrored; what it answers is mirrored back.
        """
        if len(box) == 0:
            return no_candidates()
        probability, offset, points = self._onet(canvas.patches.chips(box, self._onet.size, mirrored))
        # The network gives shares of the box: five x, then five y.
        share = points.reshape(-1, 2, 5).transpose(0, 2, 1)
        if mirrored is not None:
            offset[mirrored] = offset[mirrored][:, [2, 1, 0, 3]] * (-1, 1, -1, 1)
            share[mirrored] = share[mirrored][:, [1, 0, 2, 4, 3]] * (-1, 1) + (1, 0)
        landmarks = box[:, None, :2] + share * (box[:, 2:] - box[:, :2])[:, None]
        better = shifted(box, offset)
        return Candidates(better.astype(np.float32), probability[:, 1], landmarks.astype(np.float32))

    def _faces(self, canvas: Canvas) -> list[float]:
        """Return the sides of the faces that the pyramid's levels show, from the smallest up to the canvas."""
        most = min(canvas.image.shape[:2]) + 2 * canvas.border
        faces = [self._min_face]
        while faces[-1] <= most:
            faces.append(faces[-1] / _PYRAMID_STEP)
        return faces[:-1]

    def _search(self, canvas: Canvas, faces: list[float], best: float = 0.0) -> Candidates:
        """Return faces of about the given sides that may have more merit than `best`."""
        box = self._proposed(canvas, faces, best)
        possible = _prominence(canvas, box) * _LAST_GROWTH
        box, possible = box[order := np.argsort(-possible, kind="stable")], possible[order]
        found = no_candidates()
        for start in range(0, len(box), _REFINED):
            some = box[start : start + _REFINED][possible[start : start + _REFINED] > best]
            faces_there = self.refine(canvas, some)
            found = found.joined(faces_there.rows(faces_there.score > self._thresholds[2]))
            best = max(best, _merit(canvas, found))
        return found

    def _proposed(self, canvas: Canvas, faces: list[float], best: float) -> np.ndarray:
        """Return the boxes (n, 4) that the first two networks leave, of those that may have more merit than `best`."""
        box = propose(self._pnet, canvas.patches, faces, self._thresholds[0]) if faces else np.zeros((0, 4))
        box = box[_prominence(canvas, box) * _GROWTH > best]
        return self._reject(canvas, box) if len(box) else box

    def _reject(self, canvas: Canvas, box: np.ndarray) -> np.ndarray:
        """R-Net drops most proposals and moves the rest."""
        probability, offset = self._rnet(canvas.patches.chips(box, self._rnet.size))
        passed = np.flatnonzero(probability[:, 1] > self._thresholds[1])
        kept = passed[suppress(box[passed], probability[passed, 1], _OVERLAP)]
        return squared(shifted(box[kept], offset[kept]))


def _prominence(canvas: Canvas, box: np.ndarray) -> np.ndarray:
    height, width = canvas.image.shape[:2]
    return prominence(box - canvas.border, width, height)


def _merit(canvas: Canvas, found: Candidates) -> float:
    return float((_prominence(canvas, found.box) * found.score).max(initial=0.0))
