"""Which training images are photographs, where the dataset does not say."""

from dataclasses import dataclass

import numpy as np

from lookalike.retrieval.covariance import shrunk_covariance
from lookalike.retrieval.embeddings import Embeddings

SHRINKAGE = 0.1


@dataclass(frozen=True)
class Inferred:
    """Guessed domains and how far to trust them.

    Attributes:
        domain: (n_train,) real or synthetic.
        certainty: mean over training images of the probability of the side taken; 0.5 is a coin.
        accuracy: share of query and gallery images that a classifier fitted on the others tells apart.
    """

    domain: np.ndarray
    certainty: float
    accuracy: float


def infer_domain(embeddings: Embeddings) -> Inferred:
    """Tell photographs from drawings by a linear discriminant between the queries and the gallery.

    Queries are photographs and gallery images are not, so no label is needed; but it looks at the test set's
    embeddings, which makes every use of it transductive.

    Source: Fisher, "The use of multiple measurements in taxonomic problems", 1936, with a shrunk covariance.

    Args:
        embeddings: at least one query and one gallery image.
    """
    rows = np.concatenate([embeddings.query, embeddings.gallery]).astype(np.float64)
    real = np.arange(len(rows)) < len(embeddings.query)
    accuracy = _held_out_accuracy(rows, real)
    weight, bias = _discriminant(rows, real)
    probability = 1 / (1 + np.exp(-np.clip(embeddings.train @ weight + bias, -30, 30)))
    domain = np.where(probability >= 0.5, "real", "synthetic").astype(object)
    certainty = float(np.maximum(probability, 1 - probability).mean()) if len(domain) else 0.5
    return Inferred(domain, certainty, accuracy)


def _discriminant(rows: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the weights and bias of the log-odds of being real, at equal priors."""
    mean_real, mean_other = rows[real].mean(axis=0), rows[~real].mean(axis=0)
    deviation = rows - np.where(real[:, None], mean_real, mean_other)
    weight = np.linalg.solve(shrunk_covariance(deviation, SHRINKAGE), mean_real - mean_other)
    return weight, float(-weight @ (mean_real + mean_other) / 2)


def _held_out_accuracy(rows: np.ndarray, real: np.ndarray) -> float:
    """Return the balanced accuracy over two halves, each judged by the discriminant of the other."""
    half = np.arange(len(rows)) % 2 == 0
    rates = []
    for fit in (half, ~half):
        if len(set(real[fit])) < 2 or len(set(real[~fit])) < 2:
            return 0.5
        weight, bias = _discriminant(rows[fit], real[fit])
        right = ((rows[~fit] @ weight + bias) > 0) == real[~fit]
        rates += [right[real[~fit]].mean(), right[~real[~fit]].mean()]
    return float(np.mean(rates))
