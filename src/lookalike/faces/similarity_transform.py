"""The similarity transform that best lays one set of points over another."""

import numpy as np

from lookalike.kit.errors import LookalikeError


def similarity_transform(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the rotation, uniform scale and shift that take `source` nearest to `target`.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991),
    eq. 34-42: U D Vᵀ = svd(Σ), R = U S Vᵀ, c = tr(DS)/σ², t = μ_target - c R μ_source, without reflection.

    Args:
        source: (n, 2) points, at least two of them apart.
        target: (n, 2) points.

    Returns:
        (2, 3) float64 matrix M: target ≈ M[:, :2] · source + M[:, 2].

    Raises:
        LookalikeError: the source points coincide.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    source_out, target_out = source - source_mean, target - target_mean
    variance = np.square(source_out).sum() / len(source)
    if not variance > 0:
        raise LookalikeError("a similarity transform needs two points that differ; the landmarks coincide")
    u, d, vt = np.linalg.svd(target_out.T @ source_out / len(source))
    signs = np.array([1.0, 1.0 if np.linalg.det(u) * np.linalg.det(vt) > 0 else -1.0])
    rotation_scale = (u * signs) @ vt * ((d * signs).sum() / variance)
    shift = target_mean - rotation_scale @ source_mean
    return np.concatenate([rotation_scale, shift[:, None]], axis=1)
