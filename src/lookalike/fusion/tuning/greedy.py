"""Greedy forward selection: add, again and again, the model that helps most."""

from collections.abc import Callable

import numpy as np


def greedy_weights(n_model: int, value: Callable[[np.ndarray], float], rounds: int) -> np.ndarray:
    """Return weights of sum 1, multiples of 1 / (models picked), that no further pick would improve.

    A model may be picked more than once; equal gains go to the first.
    Source: Caruana et al., "Ensemble Selection from Libraries of Models", ICML 2004, section 2.

    Args:
        n_model: how many there are.
        value: weights (n_model,) -> points on validation identities.
        rounds: picks at most, at least 1.
    """
    picks = np.zeros(n_model)
    best = -np.inf
    for _ in range(rounds):
        options = [picks + step for step in np.eye(n_model)]
        worth = [value(option / option.sum()) for option in options]
        winner = int(np.argmax(worth))
        if worth[winner] <= best:
            break
        picks, best = options[winner], worth[winner]
    return picks / picks.sum()
