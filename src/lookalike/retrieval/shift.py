"""Corrections for the gap between photographs and drawings: linear maps of each side's embeddings.

Every one takes the vectors of the two sides and a `Domains`, from which it learns; it returns unit rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lookalike.retrieval.covariance import (
    label_means,
    matrix_power,
    shrunk_covariance,
    within_deviations,
)
from lookalike.retrieval.vectors import unit


@dataclass(frozen=True)
class Domains:
    """Reference images of the two sides.

    Attributes:
        real: (n_real, dim) photographs; real_label: (n_real,) their identities, None where unknown.
        synthetic: (n_synthetic, dim) drawings; synthetic_label: theirs.
    """

    real: np.ndarray
    real_label: np.ndarray
    synthetic: np.ndarray
    synthetic_label: np.ndarray


Sides = tuple[np.ndarray, np.ndarray]
# Rows that are moved at once: in float64, 64 MB of 512 numbers.
BLOCK = 1 << 14


def centre(query: np.ndarray, gallery: np.ndarray, domains: Domains, shrinkage: float) -> Sides:
    """Subtract each domain's mean."""
    real, synthetic = _means(domains)
    return _moved(query, real), _moved(gallery, synthetic)


def coral(query: np.ndarray, gallery: np.ndarray, domains: Domains, shrinkage: float) -> Sides:
    """Give photographs the covariance of drawings: x Σ_real^-1/2 Σ_synthetic^1/2, after centring.

    Source: Sun, Feng and Saenko, "Return of Frustratingly Easy Domain Adaptation", AAAI 2016, algorithm 1.
    """
    real, synthetic = _means(domains)
    whiten = matrix_power(shrunk_covariance(domains.real - real, shrinkage), -0.5)
    colour = matrix_power(shrunk_covariance(domains.synthetic - synthetic, shrinkage), 0.5)
    return _moved(query, real, whiten, colour), _moved(gallery, synthetic)


def wccn(query: np.ndarray, gallery: np.ndarray, domains: Domains, shrinkage: float) -> Sides:
    """Shrink the directions in which images of one identity differ: x W^-1/2, after centring.

    Source: Hatch, Kajarekar and Stolcke, "Within-Class Covariance Normalization for SVM-based Speaker Recognition",
    Interspeech 2006, equation 3, smoothed as in equation 5.
    """
    real, synthetic = _means(domains)
    rows = np.concatenate([domains.real - real, domains.synthetic - synthetic])
    label = np.concatenate([domains.real_label, domains.synthetic_label])
    project = matrix_power(shrunk_covariance(within_deviations(rows, label), shrinkage), -0.5)
    return _moved(query, real, project), _moved(gallery, synthetic, project)


def whiten(query: np.ndarray, gallery: np.ndarray, domains: Domains, shrinkage: float) -> Sides:
    """Make every direction equally wide: x Σ^-1/2 over both domains, after centring.

    Source: Jégou and Chum, "Negative Evidences and Co-occurences in Image Retrieval: The Benefit of PCA and
    Whitening", ECCV 2012, section 3.
    """
    real, synthetic = _means(domains)
    rows = np.concatenate([domains.real - real, domains.synthetic - synthetic])
    project = matrix_power(shrunk_covariance(rows, shrinkage), -0.5)
    return _moved(query, real, project), _moved(gallery, synthetic, project)


def align(query: np.ndarray, gallery: np.ndarray, domains: Domains, shrinkage: float) -> Sides:
    """Turn drawings onto photographs: the rotation that best maps identity means of one side on the other's.

    Blended with the identity map by the shrinkage, because identities are few.
    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966.
    """
    real, synthetic = _means(domains)
    shared = sorted(set(domains.real_label) & set(domains.synthetic_label))
    target = _identity_means(domains.real - real, domains.real_label, shared)
    source = _identity_means(domains.synthetic - synthetic, domains.synthetic_label, shared)
    left, value, right = np.linalg.svd(source.T @ target)
    seen = value > 1e-10 * max(value.max(initial=0.0), 1e-300)
    # Directions in which no identity was seen to turn stay where they are.
    unseen = np.eye(len(left)) - left[:, seen] @ left[:, seen].T
    rotation = (1 - shrinkage) * (left[:, seen] @ right[seen] + unseen) + shrinkage * np.eye(len(left))
    return _moved(query, real), _moved(gallery, synthetic, rotation)


SHIFTS: dict[str, Callable[[np.ndarray, np.ndarray, Domains, float], Sides]] = {
    "centre": centre,
    "coral": coral,
    "wccn": wccn,
    "whiten": whiten,
    "align": align,
}


def _identity_means(rows: np.ndarray, label: np.ndarray, names: list[str]) -> np.ndarray:
    chosen = np.isin(label.astype(str), names)
    code = np.searchsorted(np.array(names, dtype=str), label[chosen].astype(str))
    return label_means(rows[chosen], code)


def _means(domains: Domains) -> Sides:
    return domains.real.mean(axis=0, dtype=np.float64), domains.synthetic.mean(axis=0, dtype=np.float64)


def _moved(rows: np.ndarray, mean: np.ndarray, *maps: np.ndarray) -> np.ndarray:
    """Return rows less a mean, times the maps in turn, scaled to length 1: (n, dim) float32."""
    result = np.empty(rows.shape, dtype=np.float32)
    for start in range(0, len(rows), BLOCK):
        moved = rows[start : start + BLOCK] - mean
        for by in maps:
            moved = moved @ by
        result[start : start + BLOCK] = unit(moved)
    return result
