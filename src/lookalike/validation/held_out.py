"""Which training identities are held out: they choose epochs, retrieval options and fusion weights."""

import hashlib

import numpy as np

from lookalike.params.validation import ValidationOptions


def validation_mask(label: np.ndarray, options: ValidationOptions) -> np.ndarray:
    """Return which rows belong to held-out identities.

    Identities are ordered by a hash of the seed and the name, so that adding some changes little about the others.

    Args:
        label: (n,) identities; None marks rows without one, which are never held out.
        options: how many identities, and the seed.

    Returns:
        (n,) bool. With two identities or more, at least one is held out and at least one is not.
    """
    identities = sorted({name for name in label if name is not None})
    by_hash = sorted(identities, key=lambda name: (_hash(name, options.seed), name))
    count = min(max(round(options.fraction * len(identities)), 1), len(identities) - 1) if identities else 0
    held_out = set(by_hash[:count])
    return np.array([name in held_out for name in label], dtype=bool)


def _hash(name: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()
