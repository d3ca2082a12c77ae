"""From a score to the probability that it is right, learned on validation identities."""

import numpy as np

RIDGE = 1e-3
STEPS = 30


def logistic(features: np.ndarray, right: np.ndarray, ridge: float = RIDGE) -> tuple[np.ndarray, float]:
    """Fit P(right) = 1 / (1 + exp(-(features · weight + bias))) by penalised maximum likelihood (Newton's method).

    Source: Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", 2009, section 4.4.1; the ridge
    keeps separable data finite.

    Args:
        features: (n, d) float.
        right: (n,) bool.
        ridge: penalty on the squared weights, for each sample; the bias is free.

    Returns:
        weight (d,) and bias.
    """
    target = _smoothed(right)
    design = np.column_stack([features.astype(np.float64), np.ones(len(features))])
    penalty = ridge * np.append(np.ones(features.shape[1]), 1e-9) * max(len(features), 1)
    beta = np.zeros(design.shape[1])
    for _ in range(STEPS):
        probability = sigmoid(design @ beta)
        gradient = design.T @ (probability - target) + penalty * beta
        curvature = (design.T * (probability * (1 - probability))) @ design + np.diag(penalty + 1e-12)
        step = np.linalg.solve(curvature, gradient)
        beta -= step / max(1.0, float(np.abs(step).max()) / 5)
    return beta[:-1], float(beta[-1])


def platt(score: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Return slope and bias of P(right) = 1 / (1 + exp(-(slope · score + bias))).

    Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999, with his smoothed targets.
    """
    centre, spread = float(score.mean()), float(score.std()) or 1.0
    weight, bias = logistic(((score - centre) / spread)[:, None], right)
    slope = float(weight[0]) / spread
    return slope, bias - slope * centre


def isotonic(score: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit the best never-falling step function.

    Source: Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability Estimates",
    KDD 2002, section 4.

    Returns:
        knot (k,) ascending scores and value (k,) the rates at them; in between, interpolate.
    """
    # Here, because a rule that needs no scale should not wait for scipy.
    from scipy.optimize import isotonic_regression

    knot, code = np.unique(score, return_inverse=True)
    weight = np.bincount(code).astype(np.float64)
    mean = np.bincount(code, right.astype(np.float64)) / weight
    return knot, isotonic_regression(mean, weights=weight).x


def apply_platt(score: np.ndarray, slope: float, bias: float) -> np.ndarray:
    """Return probabilities in the shape of the scores."""
    return sigmoid(slope * score + bias)


def apply_isotonic(score: np.ndarray, knot: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return probabilities in the shape of the scores; beyond the knots, those of the outermost."""
    return np.interp(score, knot, value)


def sigmoid(logit: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-logit)), in the shape of the logits."""
    return 1 / (1 + np.exp(-np.clip(logit, -500, 500)))


def _smoothed(right: np.ndarray) -> np.ndarray:
    """Return Platt's targets: (n₊ + 1) / (n₊ + 2) for right, 1 / (n₋ + 2) for wrong."""
    positive = int(right.sum())
    return np.where(right, (positive + 1) / (positive + 2), 1 / (len(right) - positive + 2))
