"""Validation identities played as a test: their photographs search among their drawings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.metrics.precision import average_precision
from lookalike.metrics.rates import points
from lookalike.retrieval.embeddings import Embeddings


@dataclass(frozen=True)
class Fold:
    """A game on identities whose labels may be used.

    Attributes:
        embeddings: one for each model; what they may learn from are other identities than those played.
        identity: (n_query,) int code of each query's identity, the same over all folds.
        relevant: (n_query, n_gallery) bool.
    """

    embeddings: tuple[Embeddings, ...]
    identity: np.ndarray
    relevant: np.ndarray


def make_folds(
    embeddings: Sequence[Embeddings], held_out: np.ndarray, fitted: bool, repeats: int, rng: np.random.Generator
) -> list[Fold]:
    """Deal the training identities into games.

    Where a model was fitted on training identities, only held-out ones may ask, and the corrections learn from the
    others; those stand in the gallery too, as a few identities among themselves are too easy to find. Where none was,
    every identity is unseen: each half is played while corrections learn from the other.

    Args:
        embeddings: one for each model, with their training rows in the same order.
        held_out: (n_train,) bool, the validation identities.
        fitted: whether any model was fitted on the identities that are not held out.
        repeats: how many ways of halving.
        rng: deals the halves.
    """
    label = embeddings[0].train_label
    names, identity = np.unique(label.astype(str), return_inverse=True)
    if fitted:
        folds = [_fold(embeddings, held_out, np.ones_like(held_out), identity)]
    else:
        folds = [_fold(embeddings, half, half, identity) for half in _halves(identity, len(names), repeats, rng)]
    return [fold for fold in folds if fold.relevant.any()]


def _halves(identity: np.ndarray, n_identity: int, repeats: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    for _ in range(repeats):
        first = np.isin(identity, rng.permutation(n_identity)[: n_identity // 2])
        yield first
        yield ~first


def _fold(embeddings: Sequence[Embeddings], played: np.ndarray, shown: np.ndarray, identity: np.ndarray) -> Fold:
    """Return the game in which photographs of `played` rows look for their drawings among those of `shown` rows."""
    asks = _plays_query(embeddings[0].train_domain, identity)
    query, gallery = played & asks, shown & ~asks
    relevant = identity[query][:, None] == identity[gallery]
    # A query without a match teaches nothing; the real score leaves it out too.
    answerable = relevant.any(axis=1)
    query = np.flatnonzero(query)[answerable]
    parts = tuple(
        Embeddings(c.train[query], c.train[gallery], c.train[~played], c.train_label[~played], c.train_domain[~played])
        for c in embeddings
    )
    return Fold(parts, identity[query], relevant[answerable])


def _plays_query(domain: np.ndarray, identity: np.ndarray) -> np.ndarray:
    """Return who asks: photographs; where domains are not told apart, every other image of each identity."""
    real = domain == "real"
    if real.any() and (domain == "synthetic").any():
        return real
    place = np.zeros(len(identity), dtype=np.int64)
    for code in range(identity.max(initial=-1) + 1):
        mine = identity == code
        place[mine] = np.arange(mine.sum())
    return place % 2 == 0


def fold_points(similarity: np.ndarray, fold: Fold) -> np.ndarray:
    """Return (n_query,) competition points, the rank of the first right image found by counting.

    Ties count half against the answer, so that a similarity that cannot tell images apart gains nothing by luck.
    """
    right = np.where(fold.relevant, similarity, -np.inf).max(axis=1, initial=-np.inf, keepdims=True)
    before = ((similarity > right) & ~fold.relevant).sum(axis=1)
    tied = ((similarity == right) & ~fold.relevant).sum(axis=1)
    return points(1 + before + (tied + 1) // 2)


def fold_precision(similarity: np.ndarray, fold: Fold) -> np.ndarray:
    """Return (n_query,) average precision, which tells apart recipes that score the same points."""
    order = np.argsort(-similarity, axis=1, kind="stable")
    return average_precision(np.take_along_axis(fold.relevant, order, axis=1), fold.relevant.sum(axis=1))
