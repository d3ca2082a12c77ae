"""Identity-balanced batches that show every identity in both of its domains."""

import numpy as np


class PairSampler:
    """P identities times K images in a batch; of each identity half real and half synthetic images, where it has both.

    Attributes:
        batches_per_epoch: enough for as many images as there are.
    """

    def __init__(self, label: np.ndarray, domain: np.ndarray, identities: int, images: int) -> None:
        """Index the images.

        Args:
            label: (n,) int64 identity of each image, 0..c-1.
            domain: (n,) real, synthetic or unknown.
            identities: P; fewer where there are not so many.
            images: K; images repeat within an identity that has fewer.
        """
        self._classes = int(label.max()) + 1
        self._identities = min(identities, self._classes)
        self._images = images
        self._rows = [_by_domain(np.flatnonzero(label == i), domain) for i in range(self._classes)]
        self.batches_per_epoch = -(-len(label) // (self._identities * images))

    def epoch(self, rng: np.random.Generator) -> list[np.ndarray]:
        """Return an epoch's batches, each (P * K,) int64 rows; all identities come equally often, give or take one."""
        needed = self.batches_per_epoch * self._identities
        rounds = -(-needed // self._classes)
        order = np.concatenate([rng.permutation(self._classes) for _ in range(rounds)])[:needed]
        streams = [[_Shuffled(rows, rng) for rows in parts] for parts in self._rows]
        return [
            np.concatenate([self._draw(streams[identity]) for identity in order[start : start + self._identities]])
            for start in range(0, needed, self._identities)
        ]

    def _draw(self, streams: list["_Shuffled"]) -> np.ndarray:
        return np.array([streams[i % len(streams)].next() for i in range(self._images)], dtype=np.int64)


class _Shuffled:
    """Rows in random order, shuffled again when they run out."""

    def __init__(self, rows: np.ndarray, rng: np.random.Generator) -> None:
        self._rows, self._rng, self._left = rows, rng, list[int]()

    def next(self) -> int:
        if not self._left:
            self._left = self._rng.permutation(self._rows).tolist()
        return self._left.pop()


def _by_domain(rows: np.ndarray, domain: np.ndarray) -> list[np.ndarray]:
    real, synthetic = rows[domain[rows] == "real"], rows[domain[rows] == "synthetic"]
    return [real, synthetic] if len(real) and len(synthetic) else [rows]
