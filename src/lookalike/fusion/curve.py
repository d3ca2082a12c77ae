"""A logistic curve that knows how sure it is of itself."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from lookalike.fusion.calibrate import logistic, sigmoid

# Of the standard normal distribution: 95 % lie within so many standard deviations.
TWO_SIDED = 1.96


@dataclass(frozen=True)
class Curve:
    """P(right) = 1 / (1 + exp(-(features · weight + bias))), with its uncertainty.

    Attributes:
        weight: one a feature.
        bias: the constant.
        covariance: of the weights and then the bias, as rows.
    """

    weight: tuple[float, ...] = ()
    bias: float = 0.0
    covariance: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def of(cls, value: dict[str, Any]) -> Self:
        """Return the curve that `asdict` made a JSON object of."""
        return cls(tuple(value["weight"]), value["bias"], tuple(tuple(row) for row in value["covariance"]))

    def likely(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return probabilities and the ends of their 95 % intervals, each in the shape of the features but the last.

        The interval is that of the logit, mapped through the curve (Hosmer, Lemeshow and Sturdivant, "Applied Logistic
        Regression", 2013, section 1.4), so that it stays between 0 and 1.

        Args:
            features: (..., d).
        """
        if not self.weight:
            unknown = np.full(features.shape[:-1], np.nan)
            return unknown, unknown, unknown
        logit = features @ np.array(self.weight) + self.bias
        design = np.concatenate([features, np.ones((*features.shape[:-1], 1))], axis=-1)
        variance = np.einsum("...i,ij,...j->...", design, np.array(self.covariance), design)
        width = TWO_SIDED * np.sqrt(np.maximum(variance, 0))
        return sigmoid(logit), sigmoid(logit - width), sigmoid(logit + width)


def fit_curve(features: np.ndarray, right: np.ndarray, group: np.ndarray) -> Curve:
    """Fit a curve to answers that come in groups.

    Answers about one identity resemble each other. So the covariance is the one that is robust to that: the sandwich of
    Liang and Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 1986, with the
    small-sample factor G / (G − 1).

    Args:
        features: (n, d) float.
        right: (n,) bool.
        group: (n,) int, the identity that each answer is about.
    """
    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    weight, bias = logistic((features - centre) / scale, right)
    weight = weight / scale
    bias = bias - float(weight @ centre)
    covariance = _sandwich(features, right, group, np.append(weight, bias))
    return Curve(
        tuple(round(float(part), 6) for part in weight),
        round(bias, 6),
        tuple(tuple(float(f"{part:.6g}") for part in row) for row in covariance),
    )


def _sandwich(features: np.ndarray, right: np.ndarray, group: np.ndarray, beta: np.ndarray) -> np.ndarray:
    design = np.column_stack([features, np.ones(len(features))])
    probability = sigmoid(design @ beta)
    curvature = (design.T * (probability * (1 - probability))) @ design
    _, code = np.unique(group, return_inverse=True)
    pull = np.zeros((code.max() + 1, design.shape[1]))
    np.add.at(pull, code, design * (probability - right)[:, None])
    bread = np.linalg.pinv(curvature)
    return bread @ (pull.T @ pull) @ bread * (len(pull) / max(len(pull) - 1, 1))
