"""Where the row of each digest is: sorted arrays of fixed-width bytes, since a million Python strings take seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from lookalike.engine.rows import DIGEST


@dataclass(frozen=True)
class Lookup:
    """The rows of a number of shards.

    Attributes:
        names: of the shards.
        digest: (n,) `DIGEST`, sorted and distinct.
        shard: (n,) int64 position among `names`; of several shards with the digest the first.
        row: (n,) int64 row of that shard.
    """

    names: tuple[str, ...]
    digest: np.ndarray
    shard: np.ndarray
    row: np.ndarray

    @classmethod
    def of(cls, shards: Mapping[str, np.ndarray]) -> Self:
        """Build it of each shard's digests."""
        parts = [*shards.values(), np.zeros(0, DIGEST)]
        everything = np.concatenate(parts)
        # Stable, so that of equal digests the first shard's comes first.
        order = np.argsort(everything, kind="stable")
        ordered = everything[order]
        first = np.ones(len(ordered), dtype=bool)
        first[1:] = ordered[1:] != ordered[:-1]
        starts = np.cumsum([0, *map(len, parts)])
        place = order[first]
        shard = np.searchsorted(starts, place, side="right") - 1
        return cls(tuple(shards), ordered[first], shard, place - starts[shard])

    def find(self, digest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which digests (n,) are known, (n,) bool, and where in this lookup each is that is known."""
        if not len(self.digest):
            return np.zeros(len(digest), dtype=bool), np.zeros(0, np.int64)
        # Looked up in order, neighbours share what the processor has at hand: ten times as fast.
        order = np.argsort(digest, kind="stable")
        place = np.empty(len(digest), dtype=np.int64)
        place[order] = np.minimum(np.searchsorted(self.digest, digest[order]), len(self.digest) - 1)
        found = self.digest[place] == digest
        return found, place[found]


def among(digest: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Tell which digests (n,) are among known ones, (m,) in any order; (n,) bool."""
    return Lookup.of({"": known}).find(digest)[0]
