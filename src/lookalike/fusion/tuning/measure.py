"""What the folds say of models: accuracies and calibrations."""

import numpy as np

from lookalike.fusion.calibrate import isotonic, platt
from lookalike.fusion.plan import Calibration
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.pipeline import similarity
from lookalike.retrieval.vectors import cosine
from lookalike.validation.folds import Fold, fold_points

# Images that calibration sees for each query, the nearest ones.
NEAREST = 20


def accuracies(folds: list[Fold]) -> np.ndarray:
    """Return (n_model,) top-1 rates by plain cosine."""
    return np.array([_accuracy(folds, model) for model in range(len(folds[0].embeddings))])


def _accuracy(folds: list[Fold], model: int) -> float:
    parts = [(fold, fold.embeddings[model]) for fold in folds]
    first = [fold_points(cosine(part.query, part.gallery), fold) == 1000 for fold, part in parts]
    return float(np.concatenate(first).mean())


def calibrate(folds: list[Fold], model: int, options: RetrievalOptions) -> Calibration:
    """Fit score -> P(same identity) on each query's nearest images."""
    nearest = [similarity(fold.embeddings[model], options).top(min(NEAREST, fold.relevant.shape[1])) for fold in folds]
    score, right = _judged_pairs(folds, nearest)
    knot, value = isotonic(score, right)
    edge = np.ones(len(knot), dtype=bool)
    edge[1:-1] = (value[1:-1] != value[:-2]) | (value[1:-1] != value[2:])
    return Calibration(*platt(score, right), knot[edge].tolist(), value[edge].tolist())


def _judged_pairs(folds: list[Fold], answers: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return (n,) float64 scores of all answers, and (n,) bool: whether query and answer show the same identity.

    Args:
        folds: who is who.
        answers: column and score, each (n_query, depth), of each fold.
    """
    columns, scores = zip(*answers, strict=True)
    rights = [
        np.take_along_axis(fold.relevant, column.astype(np.int64), axis=1).ravel()
        for fold, column in zip(folds, columns, strict=True)
    ]
    return np.concatenate([score.ravel() for score in scores]).astype(np.float64), np.concatenate(rights)
