"""Weights of models learned from validation pairs."""

import numpy as np

from lookalike.fusion.calibrate import logistic

# Wrong images set against each right one: the nearest, where ranks are decided.
RIVALS = 5


def logistic_weights(similarity: tuple[np.ndarray, ...], relevant: np.ndarray) -> np.ndarray:
    """Return weights from a logistic regression of "same identity" on the models' scores of a pair.

    Pairs are each query's right images and as many of its nearest wrong ones as `RIVALS` for each.
    """
    right, wrong = _contests(similarity, relevant)
    features = np.concatenate([right, wrong])
    target = np.arange(len(features)) < len(right)
    return _shares(logistic(features, target)[0] if len(features) else np.zeros(len(similarity)))


def bradley_terry_weights(similarity: tuple[np.ndarray, ...], relevant: np.ndarray) -> np.ndarray:
    """Return weights w with P(right beats wrong) = 1 / (1 + exp(-w · (scores of right - scores of wrong))).

    Source: Bradley and Terry, "Rank Analysis of Incomplete Block Designs", 1952, as a linear model of differences.
    """
    right, wrong = _contests(similarity, relevant)
    difference = right - wrong
    both_ways = np.concatenate([difference, -difference])
    target = np.arange(len(both_ways)) < len(difference)
    return _shares(logistic(both_ways, target)[0] if len(both_ways) else np.zeros(len(similarity)))


def _contests(similarity: tuple[np.ndarray, ...], relevant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (n_pair, n_model) scores of each query's best right image and of its nearest wrong ones."""
    scores = np.stack(similarity, axis=2).astype(np.float64)
    mean = scores.mean(axis=2)
    keep = np.flatnonzero(relevant.any(axis=1) & ~relevant.all(axis=1))
    count = min(RIVALS, relevant.shape[1])
    right = np.where(relevant, mean, -np.inf)[keep].argmax(axis=1)
    rivals = np.argsort(-np.where(relevant, -np.inf, mean)[keep], axis=1, kind="stable")[:, :count]
    real = ~np.take_along_axis(relevant[keep], rivals, axis=1)
    wrong = scores[keep[:, None], rivals][real]
    return np.repeat(scores[keep, right], real.sum(axis=1), axis=0), wrong


def _shares(weight: np.ndarray) -> np.ndarray:
    """Return weights of sum 1; a model that argues against the truth gets 0, and if all do they are equal."""
    positive = np.maximum(weight, 0.0)
    total = positive.sum()
    return positive / total if total > 0 else np.full(len(weight), 1 / len(weight))
