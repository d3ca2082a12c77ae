"""Evidence from training identities: two images that resemble the same known people are likely the same person."""

import numpy as np

from lookalike.retrieval.covariance import label_means
from lookalike.retrieval.similarity import cosine
from lookalike.retrieval.vectors import unit

# Sharpness of the resemblance: at 0.1, 0.1 of cosine is a factor of e.
TEMPERATURE = 0.1


def centroids(rows: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return (n_identity, dim) float32 unit means of the training images of each identity, by sorted identity."""
    _, code = np.unique(label.astype(str), return_inverse=True)
    return unit(label_means(rows, code)).astype(np.float32)


def prototype_evidence(query: np.ndarray, gallery: np.ndarray, prototypes: np.ndarray) -> np.ndarray:
    """Return the (n_query, n_gallery) cosine of two images' resemblances to the training identities, in [0, 1].

    The study's identity bonus without its fault: it read the identity out of a test image's file name, this asks the
    embeddings on both sides.

    Args:
        query: (n_query, dim) unit rows.
        gallery: (n_gallery, dim) unit rows.
        prototypes: (n_identity, dim) unit rows; none means no evidence.
    """
    if len(prototypes) == 0:
        return np.zeros((len(query), len(gallery)), dtype=np.float32)
    return cosine(unit(_resemblance(query, prototypes)), unit(_resemblance(gallery, prototypes)))


def _resemblance(rows: np.ndarray, prototypes: np.ndarray) -> np.ndarray:
    """Return (n, n_identity) softmax of the cosines."""
    scaled = cosine(rows, prototypes) / TEMPERATURE
    weight = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)
