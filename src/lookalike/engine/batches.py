"""Crops to vectors as they come: a batch is begun as soon as it is full, while the next crops are being cut."""

from collections import deque
from collections.abc import Callable

import numpy as np

from lookalike.backbones.base import AHEAD
from lookalike.embedding.embedder import Embedder
from lookalike.engine.rows import DIGEST, Rows


class Batches:
    """A model that is shown crops one by one."""

    def __init__(self, embedder: Embedder) -> None:
        """Begin with nothing."""
        self._embedder = embedder
        self._digest: list[np.ndarray] = []
        self._crops: list[np.ndarray] = []
        self._begun: deque[Callable[[], np.ndarray]] = deque()
        self._vectors: list[np.ndarray] = []

    def put(self, digest: np.ndarray, crop: np.ndarray) -> None:
        """Show it a crop (size, size, 3) uint8, whose vector will stand under a digest (1,)."""
        self._digest.append(digest)
        self._crops.append(crop)
        if len(self._crops) == self._embedder.batch:
            self._begin()

    def taken(self) -> Rows:
        """Return the vectors of all crops since the last time, as the store keeps them."""
        if self._crops:
            self._begin()
        while self._begun:
            self._vectors.append(self._begun.popleft()())
        digest = np.concatenate([np.zeros(0, DIGEST), *self._digest])
        vectors = np.concatenate([np.zeros((0, self._embedder.dim), np.float32), *self._vectors])
        self._digest, self._vectors = [], []
        return Rows.known(digest, {"embedding": vectors})

    def _begin(self) -> None:
        self._begun.append(self._embedder.begin(np.stack(self._crops)))
        self._crops = []
        if len(self._begun) > AHEAD:
            self._vectors.append(self._begun.popleft()())
