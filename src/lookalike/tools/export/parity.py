"""Whether an exported file gives the embedder's own embeddings."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lookalike.kit.errors import LookalikeError

TOLERANCE = 1e-4


@dataclass(frozen=True)
class Parity:
    """How far two sets of embeddings of the same crops are apart.

    Attributes:
        crops: how many were compared.
        max_abs_difference: of any coordinate.
        min_cosine: of any crop's two embeddings.
    """

    crops: int
    max_abs_difference: float
    min_cosine: float

    @classmethod
    def of(cls, expected: np.ndarray, found: np.ndarray) -> "Parity":
        """Compare (n, dim) embeddings."""
        a, b = expected.astype(np.float64), found.astype(np.float64)
        cosine = (a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
        return cls(len(a), float(np.abs(a - b).max()), float(cosine.min()))

    def require(self, what: str) -> None:
        """Raise a LookalikeError unless the embeddings agree; a NaN does not."""
        if not (self.max_abs_difference <= TOLERANCE and self.min_cosine >= 1 - TOLERANCE):
            raise LookalikeError(
                f"{what}: embeddings differ from the embedder's by up to {self.max_abs_difference:.2g} (cosine down to "
                f"{self.min_cosine:.6f}), over {TOLERANCE:g}; nothing was written"
            )


def run_in_batches(run: Callable[[np.ndarray], np.ndarray], crops: np.ndarray, batch: int) -> np.ndarray:
    """Return (n, dim) of (n, size, size, 3); the first crop goes alone, so that a batch frozen into a graph shows."""
    rest = [run(crops[start : start + batch]) for start in range(1, len(crops), batch)]
    return np.concatenate([run(crops[:1]), *rest])
