"""How likely a first answer is right, so that a user can refuse a match."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.fusion.calibrate import apply_platt, logistic
from lookalike.kit.digests import read_checked_json
from lookalike.kit.errors import LookalikeError


@dataclass(frozen=True)
class Confidence:
    """A logistic model of "the first answer is right" on its score and its margin over the second.

    Attributes:
        score: weight of the score.
        margin: weight of the margin.
        bias: the constant.
        brier: mean squared error of the probability, each half of the identities judged by the other's model.
        base: the same for a constant probability: what knowing nothing costs.
    """

    score: float = 0.0
    margin: float = 0.0
    bias: float = 0.0
    brier: float = 0.25
    base: float = 0.25

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the confidence of a plan's file.

        Raises:
            LookalikeError: the file is not a plan.
        """
        try:
            return cls(**read_checked_json(path)["confidence"])
        except (TypeError, KeyError) as error:
            raise LookalikeError(f"{path}: not a fusion plan ({error}); delete it and run `dvc repro`") from error

    def probability(self, score: np.ndarray) -> np.ndarray:
        """Return (n_query,) probabilities that first answers are right.

        Args:
            score: (n_query, depth) scores of ranked answers, best first; a lone answer has no margin.
        """
        if score.shape[1] == 0:
            return np.zeros(len(score))
        return apply_platt(_features(score) @ np.array([self.score, self.margin]), 1.0, self.bias)


def fit_confidence(score: np.ndarray, right: np.ndarray, half: np.ndarray) -> Confidence:
    """Fit on the answers to validation queries.

    Args:
        score: (n_query, 2 or more) scores of the first answers.
        right: (n_query,) bool: the first answer is right.
        half: (n_query,) bool: which half of the identities a query belongs to, for the Brier score.
    """
    if len(right) == 0:
        return Confidence()
    features = _features(score)
    whole = _fitted(features, right)
    held_out = np.full(len(right), right.mean())
    for part in (half, ~half):
        if part.any() and (~part).any():
            held_out[part] = _predicted(_fitted(features[~part], right[~part]), features[part])
    brier = float(np.mean((held_out - right) ** 2))
    base = float(np.mean((right.mean() - right) ** 2))
    return Confidence(*whole, brier=brier, base=base)


def _features(score: np.ndarray) -> np.ndarray:
    margin = score[:, 0] - score[:, 1] if score.shape[1] > 1 else np.zeros(len(score))
    return np.stack([score[:, 0], margin], axis=1).astype(np.float64)


def _fitted(features: np.ndarray, right: np.ndarray) -> tuple[float, float, float]:
    centre, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    weight, bias = logistic((features - centre) / spread, right)
    weight = weight / spread
    return float(weight[0]), float(weight[1]), float(bias - weight @ centre)


def _predicted(model: tuple[float, float, float], features: np.ndarray) -> np.ndarray:
    return apply_platt(features @ np.array(model[:2]), 1.0, model[2])
