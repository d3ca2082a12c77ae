"""Asking as if persons were absent and galleries smaller, of folds whose labels may be used."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from lookalike.fusion.standing import LEAST, Scale, Standing, standing
from lookalike.validation.folds import Fold

# Shares of the identities that a gallery is made of.
SHARES = (1.0, 0.5, 0.25, 0.125)
# Answers of each query that are learned from.
DEPTH = 10
# Queries asked of a fold's gallery of one size at most.
MOST = 1000
# How the best of many strangers grows is read off galleries of so much fewer images.
FEWER = 8
SEED = 0


@dataclass(frozen=True)
class Asked:
    """Queries of several galleries, and what came of them.

    Attributes:
        score: (n, DEPTH) of their answers, best first.
        right: (n, DEPTH) bool: the answer shows the query's identity.
        absent: (n,) bool: the query's identity was taken out of the gallery.
        identity: (n,) int.
        centre: (n,) of the query's scores.
        spread: (n,) of the same.
        size: (n,) int, images of the gallery.
        fewer: (n,) the best score expected among an eighth of the images; NaN unless absent.
    """

    score: np.ndarray
    right: np.ndarray
    absent: np.ndarray
    identity: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    size: np.ndarray
    fewer: np.ndarray

    def __len__(self) -> int:
        return len(self.absent)

    def scale(self, own: float) -> Scale:
        """Return what scores are standardised by, where a query's own count so far."""
        return Scale(own, float(self.centre.mean()), float(np.exp(np.log(self.spread).mean())))

    def deviations(self, scale: Scale) -> np.ndarray:
        """Return (n, DEPTH) how far answers lie beyond the other scores; see `Standing`."""
        return Standing(self.score, self.centre, self.spread, int(self.size.min(initial=LEAST))).deviations(scale)


def simulate(folds: Sequence[Fold], scores: Sequence[np.ndarray]) -> Asked:
    """Ask each fold's queries of galleries of several sizes, half of the time with their identity taken out."""
    rng = np.random.default_rng(SEED)
    parts = [
        _ask(row, identity, relevant)
        for fold, values in zip(folds, scores, strict=True)
        for columns in _galleries(fold, rng)
        for row, identity, relevant in _queries(fold, values, columns, rng)
    ]
    parts = [part for part in parts if part is not None]
    if not parts:
        none = np.empty((0, DEPTH))
        return Asked(
            none, none.astype(bool), *(np.empty(0, dtype=kind) for kind in (bool, int, float, float, int, float))
        )
    return Asked(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Asked)))


def _galleries(fold: Fold, rng: np.random.Generator) -> list[np.ndarray]:
    """Return the columns of galleries; an image that nobody who asks is shown on stays or goes by itself."""
    owned = fold.relevant.any(axis=0)
    owner = fold.identity[fold.relevant.argmax(axis=0)]
    names = np.unique(fold.identity)
    galleries = []
    for share in SHARES:
        kept = rng.permutation(names)[: max(round(share * len(names)), 1)]
        galleries.append(np.flatnonzero(np.where(owned, np.isin(owner, kept), rng.random(len(owner)) < share)))
    return galleries


def _queries(
    fold: Fold, values: np.ndarray, columns: np.ndarray, rng: np.random.Generator
) -> list[tuple[np.ndarray, int, np.ndarray]]:
    """Return the scores, the identity and what is right, of queries whose identity a gallery has."""
    relevant = fold.relevant[:, columns]
    asking = rng.permutation(np.flatnonzero(relevant.any(axis=1)))[:MOST]
    absent = np.arange(len(asking)) % 2 == 0
    found = []
    for row, gone in zip(asking.tolist(), absent.tolist(), strict=True):
        left = ~relevant[row] if gone else np.ones(len(columns), dtype=bool)
        found.append((values[row, columns[left]], int(fold.identity[row]), relevant[row, left]))
    return found


def _ask(scores: np.ndarray, identity: int, relevant: np.ndarray) -> Asked | None:
    answers = standing(scores[None], DEPTH)
    if not answers.measured[0]:
        return None
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    absent = not relevant.any()
    fewer = best_of_fewer(scores, len(scores) // FEWER) if absent else np.nan
    one = np.array
    return Asked(
        answers.score, relevant[order][None], one([absent]), one([identity]), answers.centre, answers.spread,
        one([answers.size]), one([fewer]),
    )  # fmt: skip


def best_of_fewer(scores: np.ndarray, count: int) -> float:
    """Return the mean, over all ways of taking `count` scores of some (n,), of the best score taken.

    Of C(n, m) ways, C(n − i, m − 1) have the i-th best score as their best.
    """
    from scipy.special import gammaln

    n = len(scores)
    left = n - np.arange(1, n - count + 2)
    ways = gammaln(left + 1) - gammaln(count) - gammaln(left - count + 2)
    share = np.exp(ways - (gammaln(n + 1) - gammaln(count + 1) - gammaln(n - count + 1)))
    return float(-np.sort(-scores.astype(np.float64))[: n - count + 1] @ share)
