"""Candidate weights of models."""

from collections.abc import Iterator

import numpy as np

from lookalike.fusion.combine import weighted
from lookalike.fusion.tuning.greedy import greedy_weights
from lookalike.fusion.tuning.learned_weights import bradley_terry_weights, logistic_weights
from lookalike.params.fusion import FusionOptions
from lookalike.retrieval.vectors import cosine
from lookalike.validation.folds import Fold, fold_points

Weight = tuple[float, ...]

# With more models the grid would outgrow the budget, and the validation identities.
GRID_MODELS = 3


def equal(n_model: int) -> Weight:
    """Return the same weight for all."""
    return (1 / n_model,) * n_model


def weights_to_try(folds: list[Fold], options: FusionOptions) -> list[Weight]:
    """Return the weights that the tuner should try besides equal ones.

    Args:
        folds: of validation identities.
        options: names the method; `grid` turns to greedy selection for more than three models.
    """
    n_model = len(folds[0].embeddings)
    if n_model == 1 or options.weights == "equal":
        return []
    if options.weights == "grid" and n_model <= GRID_MODELS:
        return [w for w in simplex(n_model, options.grid) if w != equal(n_model)]
    plain = [tuple(cosine(part.query, part.gallery) for part in fold.embeddings) for fold in folds]
    if options.weights in ("grid", "greedy"):
        return [_rounded(greedy_weights(n_model, lambda w: _value(plain, folds, w), options.grid))]
    learn = logistic_weights if options.weights == "logistic" else bradley_terry_weights
    learned = [learn(similarity, fold.relevant) for similarity, fold in zip(plain, folds, strict=True)]
    return [_rounded(np.mean(learned, axis=0))]


def simplex(n_model: int, steps: int) -> Iterator[Weight]:
    """Yield all weights of sum 1 that are multiples of 1 / steps, in lexical order."""
    for parts in _compositions(n_model, steps):
        yield tuple(part / steps for part in parts)


def _compositions(n_part: int, total: int) -> Iterator[tuple[int, ...]]:
    if n_part == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(n_part - 1, total - first):
            yield (first, *rest)


def _value(plain: list[tuple[np.ndarray, ...]], folds: list[Fold], weight: np.ndarray) -> float:
    values = [fold_points(weighted(part, weight), fold) for part, fold in zip(plain, folds, strict=True)]
    return float(np.concatenate(values).mean())


def _rounded(weight: np.ndarray) -> Weight:
    return tuple(round(float(share), 4) for share in weight)
