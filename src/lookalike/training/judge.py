"""How well embeddings of held-out identities find each other across domains."""

from typing import NamedTuple

import numpy as np

from lookalike.metrics.precision import average_precision
from lookalike.metrics.rates import points


class Verdict(NamedTuple):
    """Validation figures.

    Attributes:
        points: mean competition points of 1000.
        map: mean average precision, 0..1.
    """

    points: float
    map: float

    @property
    def score(self) -> float:
        """What epochs are chosen by: points, steadied by the finer mAP; among fifty queries one is worth 20 points."""
        return self.points + 1000 * self.map


def judge(embedding: np.ndarray, label: np.ndarray, domain: np.ndarray) -> Verdict:
    """Rank the synthetic images of held-out identities for each of their real ones.

    Args:
        embedding: (n, dim) float32, unit rows.
        label: (n,) identities.
        domain: (n,) real, synthetic or unknown; see `sides`.

    Returns:
        Mean competition points and mean average precision over the queries.
    """
    query, gallery = sides(label, domain)
    query &= np.isin(label, label[gallery])
    similarity = embedding[query] @ embedding[gallery].T
    order = np.argsort(-similarity, axis=1, kind="stable")
    hit = label[gallery][order] == label[query][:, None]
    first_hit = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0)
    precision = average_precision(hit, hit.sum(axis=1))
    return Verdict(float(points(first_hit).mean()), float(precision.mean()))


def sides(label: np.ndarray, domain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the queries and the gallery, (n,) bool each: real and synthetic images.

    Where either domain is missing, every other image of each identity is a query and the rest are the gallery.
    """
    real, synthetic = domain == "real", domain == "synthetic"
    if np.isin(label[real], label[synthetic]).any():
        return real, synthetic
    query = np.zeros(len(label), dtype=bool)
    for identity in np.unique(label.astype(str)):
        query[np.flatnonzero(label == identity)[::2]] = True
    return query, ~query
