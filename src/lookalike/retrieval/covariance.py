"""Covariances that can be inverted, and the linear maps made of them."""

import numpy as np


def shrunk_covariance(rows: np.ndarray, shrinkage: float) -> np.ndarray:
    """Return (1 - λ) Σ + λ tr(Σ)/d I of rows that are centred already, (d, d) float64.

    Source: Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004, eq. 4.

    Args:
        rows: (n, d) deviations from their mean.
        shrinkage: λ in [0, 1]; 1 leaves the directions as they are.
    """
    rows = rows.astype(np.float64)
    covariance = rows.T @ rows / max(len(rows), 1)
    dim = len(covariance)
    return (1 - shrinkage) * covariance + shrinkage * np.trace(covariance) / dim * np.eye(dim)


def matrix_power(symmetric: np.ndarray, exponent: float) -> np.ndarray:
    """Return a power of a symmetric positive semidefinite matrix; directions without variance stay at zero."""
    value, vector = np.linalg.eigh(symmetric)
    kept = value > 1e-10 * max(value.max(initial=0.0), 1e-300)
    return (vector[:, kept] * value[kept] ** exponent) @ vector[:, kept].T


def within_deviations(rows: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return each row minus the mean of the rows of its label, (n, d) float64."""
    _, code = np.unique(label.astype(str), return_inverse=True)
    return rows - label_means(rows, code)[code]


def label_means(rows: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Return (n_label, d) float64 means of the rows of every code 0, 1, … n_label - 1."""
    if len(rows) == 0:
        return np.zeros((0, rows.shape[1]))
    order = np.argsort(code, kind="stable")
    count = np.bincount(code)
    total = np.add.reduceat(rows[order].astype(np.float64), np.cumsum(count) - count)
    return total / count[:, None]
