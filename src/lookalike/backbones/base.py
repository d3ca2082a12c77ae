"""What a backbone is, whatever library it comes from, and how its device is kept busy."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

Value = TypeVar("Value")
# Batches begun before the first one's result is waited for: one on the device, the next on its way there.
AHEAD = 2


class Backbone(ABC):
    """A function from crops to features.

    Attributes:
        dim: length of a feature.
        alone: each image is computed by itself, so that no neighbour can change a bit of its feature.
    """

    dim: int
    alone = False

    @abstractmethod
    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Return raw features.

        Args:
            crops: (n, size, size, 3) uint8 RGB.

        Returns:
            (n, dim) float32, not normalised.
        """

    def begin(self, crops: np.ndarray) -> Callable[[], np.ndarray]:
        """Begin to embed crops, and return what waits for their features, as `embed` gives them.

        Here they are computed at once; a backbone whose device has a queue overrides this.
        """
        features = self.embed(crops)
        return lambda: features


def in_turn(begun: Iterable[Callable[[], Value]]) -> Iterator[Value]:
    """Yield the results of jobs in their order, each only after `AHEAD` more have begun, so that a device never idles.

    Args:
        begun: for each job what waits for its result; a job begins when it is drawn from here.
    """
    waiting: deque[Callable[[], Value]] = deque()
    for job in begun:
        waiting.append(job)
        if len(waiting) > AHEAD:
            yield waiting.popleft()()
    for job in waiting:
        yield job()
