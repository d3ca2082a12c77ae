"""Batches, some of them mixed: two images become one, whose loss is divided between their identities."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from lookalike.params.train import TrainOptions
from lookalike.training.views import Views


@dataclass(frozen=True)
class Batch:
    """The images of one step.

    Attributes:
        rows: (n,) int64 images.
        partner: (n,) int64 images that are mixed into them.
        share: how much of each mixture is the first image, 0..1; 1 mixes nothing.
    """

    rows: np.ndarray
    partner: np.ndarray
    share: float

    @property
    def is_mixed(self) -> bool:
        """Whether partners have any part in it."""
        return self.share < 1

    def begin(self, views: Views, view: int, part: Callable[[np.ndarray], np.ndarray]) -> Callable[[], Tensor]:
        """Begin to make inputs of the learning stages, the frozen stages' output mixed as the batch is.

        What is returned waits for them, (m, ...).

        Args:
            views: the frozen stages' output by image.
            view: which view of each image.
            part: picks the m rows of this rank.
        """
        own = views.begin(part(self.rows), view)
        if not self.is_mixed:
            return own
        other = views.begin(part(self.partner), view)
        return lambda: self.share * own() + (1 - self.share) * other()


def draw(rows: np.ndarray, options: TrainOptions, rng: np.random.Generator) -> Batch:
    """Return the rows as a batch, mixed with probability `options.mixup`, each with another one's partner.

    Source: Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018, equation 1; after frozen stages it is
    the manifold mixup of Verma et al., ICML 2019.
    """
    if not options.mixup or rng.random() >= options.mixup:
        return Batch(rows, rows, 1.0)
    return Batch(rows, rng.permutation(rows), float(rng.beta(options.mixup_alpha, options.mixup_alpha)))
