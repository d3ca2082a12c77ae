"""Which training identities are held out to judge recipes and fusion weights."""

import hashlib

import numpy as np

from lookalike.params.validation import ValidationOptions


def validation_mask(label: np.ndarray, options: ValidationOptions) -> np.ndarray:
    """Return which rows belong to held-out identities.

    An identity's place depends on its name and the seed alone, so that adding identities moves few others.

    Args:
        label: (n,) identities; None marks rows without one, which are never held out.
        options: how many identities, and the seed.

    Returns:
        (n,) bool. With two identities or more, at least one is held out and at least one is not.
    """
    identities = sorted({name for name in label if name is not None})
    by_place = sorted(identities, key=lambda name: (_place(name, options.seed), name))
    count = min(max(round(options.fraction * len(identities)), 1), len(identities) - 1) if identities else 0
    held_out = set(by_place[:count])
    return np.array([name in held_out for name in label], dtype=bool)


def _place(name: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()
