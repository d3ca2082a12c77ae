"""Landmarks averaged over many copies of a box: those of a single pass over a drawn face are off by several pixels."""

from collections.abc import Callable

import numpy as np

from lookalike.faces.boxes import placed, squared
from lookalike.faces.candidates import Candidates

# A network that refines boxes: (n, 4) boxes, and which of them it is shown mirrored (n,) bool, to n candidates.
Refiner = Callable[[np.ndarray, np.ndarray], Candidates]

# Scale of the box, and shift of its centre in x and y: as good as all four shifts at both scales.
_COPIES = np.array([(0.95, -1, -1), (0.95, 1, 1), (1.15, -1, 1), (1.15, 1, -1)])


def consensus(refine: Refiner, box: np.ndarray, jitter: float) -> Candidates:
    """Refine shifted, scaled and mirrored copies of a box; return their mean, weighted by probability.

    Args:
        refine: the network that places landmarks.
        box: (4,) in pixels of the canvas.
        jitter: shift of the copies, as a share of the box.

    Returns:
        one candidate; its score is the mean probability.
    """
    copies = placed(squared(box[None]), _COPIES * (1, jitter, jitter))[0]
    return _mean(refine(np.tile(copies, (2, 1)), np.repeat([False, True], len(copies))))


def _mean(copies: Candidates) -> Candidates:
    weight = (copies.score + 1e-9) / (copies.score + 1e-9).sum()
    return Candidates(
        box=np.einsum("k,kc->c", weight, copies.box)[None],
        score=copies.score.mean(keepdims=True),
        landmarks=np.einsum("k,kpc->pc", weight, copies.landmarks)[None],
    )
