"""Folds of the training identities: some ask and are searched, corrections learn from the others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from lookalike.kit.workers import side_by_side
from lookalike.retrieval.embeddings import Embeddings
from lookalike.validation.protocol import answerable, query_points, query_precision, sides

# Cells of the scores that several folds may hold at once: 128 MB in float32, and some times that while worked on.
BLOCK_CELLS = 1 << 25
Result = TypeVar("Result")


@dataclass(frozen=True)
class Fold:
    """A test on identities whose labels may be used.

    Attributes:
        embeddings: one for each model; what they may learn from are other identities than those that ask.
        identity: (n_query,) int code of each query's identity, the same over all folds.
        relevant: (n_query, n_gallery) bool.
    """

    embeddings: tuple[Embeddings, ...]
    identity: np.ndarray
    relevant: np.ndarray


# Part of the identities -> (n_train, dim) vectors of all training images under a model that was not fitted on it.
Unseen = Mapping[int, np.ndarray]


def make_folds(
    embeddings: Sequence[Embeddings],
    part: np.ndarray,
    unseen: Sequence[Unseen | None],
    repeats: int,
    rng: np.random.Generator,
) -> list[Fold]:
    """Divide the training identities into folds.

    Where a model was fitted on training identities, those of one part after the other ask, in the vectors of models
    that were fitted on the other parts, and the corrections learn from these; they stand in the gallery too, as a few
    identities among themselves are too easy to find. Where none was, every identity is unseen: each half is tested
    while corrections learn from the other.

    Args:
        embeddings: one for each model, with their training rows in the same order.
        part: (n_train,) int, the part that each row's identity is in.
        unseen: for each model its vectors by part; None where it was fitted on nobody.
        repeats: how many ways of halving.
        rng: draws the halves.
    """
    names, identity = np.unique(embeddings[0].train_label.astype(str), return_inverse=True)
    fitted = [set(vectors) for vectors in unseen if vectors is not None]
    if fitted:
        everyone = np.ones(len(identity), dtype=bool)
        judges = sorted(set.intersection(*fitted))
        folds = [_fold(_seen_by(embeddings, unseen, judge), part == judge, everyone, identity) for judge in judges]
    else:
        folds = [_fold(embeddings, half, half, identity) for half in _halves(identity, len(names), repeats, rng)]
    return [fold for fold in folds if fold.relevant.any()]


def _seen_by(embeddings: Sequence[Embeddings], unseen: Sequence[Unseen | None], judge: int) -> list[Embeddings]:
    return [
        own if vectors is None else replace(own, train=vectors[judge])
        for own, vectors in zip(embeddings, unseen, strict=True)
    ]


def _halves(identity: np.ndarray, n_identity: int, repeats: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    for _ in range(repeats):
        first = np.isin(identity, rng.permutation(n_identity)[: n_identity // 2])
        yield first
        yield ~first


def _fold(embeddings: Sequence[Embeddings], tested: np.ndarray, shown: np.ndarray, identity: np.ndarray) -> Fold:
    """Return the fold in which photographs of `tested` rows look for their drawings among those of `shown` rows."""
    asks, searched = sides(identity, embeddings[0].train_domain)
    gallery = shown & searched
    query, relevant = answerable(identity, tested & asks, gallery)
    parts = tuple(
        Embeddings(c.train[query], c.train[gallery], c.train[~tested], c.train_label[~tested], c.train_domain[~tested])
        for c in embeddings
    )
    return Fold(parts, identity[query], relevant)


def fold_points(similarity: np.ndarray, fold: Fold) -> np.ndarray:
    """Return (n_query,) competition points of similarities (n_query, n_gallery); see `query_points`."""
    return query_points(similarity, fold.relevant)


def fold_precision(similarity: np.ndarray, fold: Fold) -> np.ndarray:
    """Return (n_query,) average precision of similarities (n_query, n_gallery); see `query_precision`."""
    return query_precision(similarity, fold.relevant)


def each_fold(folds: Sequence[Fold], work: Callable[[Fold], Result]) -> list[Result]:
    """Return what the work makes of each fold, as many at a time as there are cores, and memory for their scores."""
    largest = max((len(fold.identity) * max(fold.relevant.shape) for fold in folds), default=0)
    return side_by_side(work, folds, BLOCK_CELLS // max(largest, 1))
