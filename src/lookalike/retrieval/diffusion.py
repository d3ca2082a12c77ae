"""Diffusion on the neighbour graph: similarity that follows the manifold.

Sources: Zhou et al., "Ranking on Data Manifolds", NIPS 2003, equation 2; Iscen et al., "Efficient Diffusion on Region
Manifolds", CVPR 2017, section 3 (mutual neighbours, cosines to a power).
"""

import numpy as np

from lookalike.params.retrieval import DiffusionOptions
from lookalike.retrieval.nearest import neighbours, top_k
from lookalike.retrieval.similarity import Similarity, check_dense


def diffusion(similarity: Similarity, options: DiffusionOptions) -> Similarity:
    """Compare by diffusion: over queries and gallery together, or over the gallery alone if not transductive."""
    placed = similarity.placed
    side = len(placed.gallery) + (len(placed.query) if placed.transductive else 0)
    instead = "set retrieval.diffusion.enabled: false; plain cosine and gallery averaging do without"
    check_dense("retrieval.diffusion.enabled: true", side, max(side, len(placed.query)), instead)
    method = diffuse if placed.transductive else diffuse_gallery
    return similarity.corrected(method(placed.query, placed.gallery, options))


def diffuse(query: np.ndarray, gallery: np.ndarray, options: DiffusionOptions) -> np.ndarray:
    """Return similarities after diffusion over queries and gallery together: (n_query, n_gallery) float32.

    Solves (I - αS) f = e_query exactly. Only the inverse's block between gallery and queries is asked for, so it comes
    from the Schur complement of the queries' own block: half the work of solving the whole. Dense: memory and time grow
    with the square and the cube of the larger side.

    Args:
        query: (n_query, dim) unit rows.
        gallery: (n_gallery, dim) unit rows.
        options: the graph, and α as `flow`.
    """
    n = len(query)
    graph = _laplacian(np.concatenate([query, gallery]), options)
    across = graph[:n, n:]
    reached = np.linalg.solve(graph[:n, :n], across)
    return -np.linalg.solve(graph[n:, n:] - across.T @ reached, reached.T).T.astype(np.float32)


def diffuse_gallery(query: np.ndarray, gallery: np.ndarray, options: DiffusionOptions) -> np.ndarray:
    """Return similarities after diffusion over the gallery alone, from each query's nearest images.

    No query touches another's answer.

    Args:
        query: (n_query, dim) unit rows.
        gallery: (n_gallery, dim) unit rows.
        options: the graph, and α as `flow`.
    """
    index, scores = top_k(query, gallery, min(options.neighbours, len(gallery)))
    source = np.zeros((len(gallery), len(query)))
    source[index, np.arange(len(query))[:, None]] = np.maximum(scores, 0) ** options.power
    return np.linalg.solve(_laplacian(gallery, options), source).T.astype(np.float32)


def _laplacian(rows: np.ndarray, options: DiffusionOptions) -> np.ndarray:
    """Return I - α D^-1/2 W D^-1/2, (n, n) float64."""
    index, scores = neighbours(rows, options.neighbours)
    one_way = np.zeros((len(rows), len(rows)))
    np.put_along_axis(one_way, index.astype(np.int64), np.maximum(scores, 0) ** options.power, axis=1)
    weight = np.minimum(one_way, one_way.T)
    degree = weight.sum(axis=1)
    scale = np.divide(1.0, np.sqrt(degree), out=np.zeros(len(rows)), where=degree > 0)
    return np.eye(len(rows)) - options.flow * scale[:, None] * weight * scale
