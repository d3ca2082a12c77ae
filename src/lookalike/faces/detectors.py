"""The face of an image: what MTCNN finds, else YuNet, with landmarks averaged over many passes."""

from functools import cache, partial

from lookalike.faces.candidates import Candidates
from lookalike.faces.canvas import Canvas
from lookalike.faces.choice import choose
from lookalike.faces.consensus import consensus
from lookalike.faces.fallback import usual_boxes
from lookalike.faces.mtcnn import Mtcnn
from lookalike.faces.table import Face
from lookalike.faces.yunet import YuNet
from lookalike.kit.workers import worker_count
from lookalike.params.faces import FaceOptions

GUESS = "guess"


def load_detectors(options: FaceOptions) -> "Detectors":
    """Return the detectors of these options, loaded once as long as the number of workers stays the same."""
    return _loaded(options, worker_count())


@cache
def _loaded(options: FaceOptions, workers: int) -> "Detectors":
    del workers  # the networks are compiled for that many
    return Detectors(options)


class Detectors:
    """All networks that look for faces, one image at a time; safe to share between threads."""

    def __init__(self, options: FaceOptions) -> None:
        """Load the networks."""
        self._options = options
        self._mtcnn = Mtcnn(options.min_face, (options.pnet, options.rnet, options.onet))
        self._yunet = YuNet(options.yunet)

    def detect(self, canvas: Canvas) -> Face | None:
        """Return the best face of an image, in its pixels; None where no detector finds one."""
        face = _best(canvas, self._mtcnn.detect(canvas), Mtcnn.name)
        if face is None and self._options.yunet < 1:
            face = _best(canvas, self._yunet.detect(canvas.pixels), YuNet.name)
        return None if face is None else self._refined(canvas, face)

    def detect_all(self, canvas: Canvas) -> list[Face]:
        """Return every face of an image, in its pixels; those of the first detector that finds any, in no order."""
        found, name = self._mtcnn.detect_all(canvas), Mtcnn.name
        if len(found) == 0 and self._options.yunet < 1:
            found, name = self._yunet.detect(canvas.pixels), YuNet.name
        return [self._refined(canvas, found.face(index, name)) for index in range(len(found))]

    def guess(self, canvas: Canvas, least: float) -> Face | None:
        """Return the surest face where one usually is, in pixels of the image; None where none is so probable."""
        refined = self._mtcnn.refine(canvas, canvas.from_image(usual_boxes(*canvas.size)))
        surest = int(refined.score.argmax())
        return self._refined(canvas, refined.face(surest, GUESS)) if refined.score[surest] >= least else None

    def _refined(self, canvas: Canvas, face: Face) -> Face:
        """Return a face of a canvas as the mean of many passes over it, in pixels of the image."""
        jitter = self._options.jitter
        one = consensus(partial(self._mtcnn.refine, canvas), face.box, jitter) if jitter else Candidates.of([face])
        return canvas.to_image(one).face(0, face.detector)


def _best(canvas: Canvas, candidates: Candidates, detector: str) -> Face | None:
    index = choose(canvas.to_image(candidates), *canvas.size)
    return None if index is None else candidates.face(index, detector)
