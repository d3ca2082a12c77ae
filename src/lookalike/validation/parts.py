"""The parts that training identities are dealt into: who is in one judges models that were fitted without it."""

import hashlib

import numpy as np

from lookalike.params.validation import ValidationOptions

# Of fewer identities each is a part of its own, so that two are left to fit.
FEW = 4


def part_of(label: np.ndarray, options: ValidationOptions) -> np.ndarray:
    """Return the part that each row's identity is in.

    Identities are ordered by a hash of the seed and the name, so that adding some changes little about the others. No
    part has a single identity where it can be helped: among its own images alone nobody is hard to find.

    Args:
        label: (n,) identities; None marks rows without one.
        options: how many parts, and the seed.

    Returns:
        (n,) int64 from 0; -1 for rows without an identity. With two identities or more there are at least two parts.
    """
    identities = sorted({name for name in label if name is not None})
    by_hash = sorted(identities, key=lambda name: (_hash(name, options.seed), name))
    count = len(identities) if len(identities) < FEW else min(options.folds, len(identities) // 2)
    dealt = np.array_split(np.arange(len(identities)), count) if count else []
    part = {by_hash[place]: number for number, places in enumerate(dealt) for place in places}
    return np.array([part.get(name, -1) for name in label], dtype=np.int64)


def _hash(name: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()
