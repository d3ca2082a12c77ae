"""Answers made up by a known law."""

import numpy as np

from lookalike.validation.folds import Fold

IDENTITIES, PHOTOGRAPHS, DRAWINGS = 60, 6, 5


def answers(seed: int, signal: float, identities: int = IDENTITIES) -> tuple[Fold, np.ndarray]:
    """Return a fold and its scores: normal ones, of which right images' are higher by `signal`."""
    rng = np.random.default_rng(seed)
    identity = np.repeat(np.arange(identities), PHOTOGRAPHS)
    owner = np.repeat(np.arange(identities), DRAWINGS)
    relevant = identity[:, None] == owner
    # Photographs differ in how well they show the person.
    clear = rng.normal(signal, 1.5, (len(identity), 1))
    scores = rng.normal(0, 1, relevant.shape) + np.where(relevant, clear, 0)
    return Fold((), identity, relevant), scores.astype(np.float32)
