"""The study's mean of whitened principal components."""

from dataclasses import replace

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.retrieval.embeddings import Placed
from lookalike.retrieval.similarity import Cosines, Similarity, check_dense
from lookalike.retrieval.vectors import unit

COMPONENTS = 64
INSTEAD = "choose another rule, such as joint"


def fuse(evidence: Evidence) -> Similarity:
    """Return the cosine of the mean, over models, of at most 64 whitened components fitted on query + gallery.

    Faults, kept: the i-th component of one model has nothing to do with the i-th of another, so the mean mixes
    unrelated axes; whitening blows up the weakest components; fitting on the test set is transductive.
    """
    rows = sum(len(side) for side in (evidence.models[0].query, evidence.models[0].gallery))
    check_dense("run.fusion: pca_mean", rows, max(part.query.shape[1] for part in evidence.models), INSTEAD)
    width = min(COMPONENTS, *(_width(part) for part in evidence.models))
    parts = [_components(part, width) for part in evidence.models]
    mean = unit(np.mean(parts, axis=0)).astype(np.float32)
    n_query = len(evidence.models[0].query)
    return Cosines(replace(evidence.models[0], query=mean[:n_query], gallery=mean[n_query:]))


def _width(placed: Placed) -> int:
    rows = len(placed.query) + len(placed.gallery)
    return min(placed.query.shape[1], max(rows - 1, 1))


def _components(placed: Placed, width: int) -> np.ndarray:
    """Return (n, width) components of unit variance, each signed so that its largest loading is positive."""
    rows = np.concatenate([placed.query, placed.gallery]).astype(np.float64)
    centred = rows - rows.mean(axis=0)
    _, value, axes = np.linalg.svd(centred, full_matrices=False)
    value, axes = value[:width], axes[:width]
    sign = np.sign(np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1))
    spread = value / np.sqrt(max(len(rows) - 1, 1))
    projected = centred @ (axes * sign).T
    return np.divide(projected, spread, out=np.zeros_like(projected), where=spread > 1e-10 * max(spread.max(), 1e-300))
