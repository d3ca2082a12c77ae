"""Prototypes of training identities: two images that resemble the same known people are likely the same person."""

import numpy as np

from lookalike.params.retrieval import PrototypeOptions
from lookalike.retrieval.covariance import label_means
from lookalike.retrieval.similarity import Similarity
from lookalike.retrieval.vectors import cosine, unit

# Sharpness of the resemblance: at 0.1, 0.1 of cosine is a factor of e.
TEMPERATURE = 0.1


def prototypes(similarity: Similarity, options: PrototypeOptions) -> Similarity:
    """Add the likeness of two images' resemblances to the training identities, a block of queries at a time."""
    placed = similarity.placed
    centres = centroids(placed.train, placed.train_label)
    if len(centres) == 0:
        return similarity
    query, gallery = (unit(_resemblance(rows, centres)) for rows in (placed.query, placed.gallery))
    return similarity.by_query(lambda scores, some: scores + options.weight * cosine(query[some], gallery))


def centroids(rows: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return (n_identity, dim) float32 unit means of the training images of each identity, by sorted identity."""
    _, code = np.unique(label.astype(str), return_inverse=True)
    return unit(label_means(rows, code)).astype(np.float32)


def prototype_similarity(query: np.ndarray, gallery: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the (n_query, n_gallery) cosine of two images' resemblances to the training identities, in [0, 1].

    The study's identity bonus without its fault: it read the identity out of a test image's file name, this asks the
    embeddings on both sides.

    Args:
        query: (n_query, dim) unit rows.
        gallery: (n_gallery, dim) unit rows.
        centres: (n_identity, dim) unit rows; without any, nothing is alike.
    """
    if len(centres) == 0:
        return np.zeros((len(query), len(gallery)), dtype=np.float32)
    return cosine(unit(_resemblance(query, centres)), unit(_resemblance(gallery, centres)))


def _resemblance(rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return (n, n_identity) softmax of the cosines."""
    from scipy.special import softmax  # Here, because plain cosine should not wait for scipy.

    return np.asarray(softmax(cosine(rows, centres) / TEMPERATURE, axis=1))
