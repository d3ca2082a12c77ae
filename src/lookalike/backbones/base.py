"""What a backbone is, whatever library it comes from."""

from typing import Protocol

import numpy as np


class Backbone(Protocol):
    """A function from crops to features."""

    dim: int

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Return raw features.

        Args:
            crops: (n, size, size, 3) uint8 RGB.

        Returns:
            (n, dim) float32, not normalised.
        """
        ...
