"""Corrections for hubs: gallery images that come up for everyone.

Each takes similarities (n_query, n_gallery) and those of a bank of queries to the same gallery (n_bank, n_gallery),
from which it learns how near an image is to anyone at all. With the test's own queries as the bank a correction is
transductive; with training photographs it is not (Bogolin et al., "Cross Modal Retrieval with Querybank
Normalisation", CVPR 2022).
"""

import numpy as np


def csls(similarity: np.ndarray, bank: np.ndarray, neighbours: int) -> np.ndarray:
    """Return cross-domain similarity local scaling: 2 s - r(query) - r(gallery image).

    r is the mean similarity to the `neighbours` nearest on the other side.
    Source: Conneau et al., "Word Translation Without Parallel Data", ICLR 2018, equation 3.

    Args:
        similarity: (n_query, n_gallery).
        bank: (n_bank, n_gallery).
        neighbours: k, as many as there are.
    """
    query_mean = _mean_of_largest(similarity, neighbours)[:, None]
    return 2 * similarity - query_mean - _mean_of_largest(bank.T, neighbours)


def inverted_softmax(similarity: np.ndarray, bank: np.ndarray, temperature: float) -> np.ndarray:
    """Return s / T - log Σ_bank exp(s / T): the log-probability of the query, seen from the gallery image.

    Source: Smith et al., "Offline bilingual word vectors, orthogonal transformations and the inverted softmax",
    ICLR 2017, equation 6.

    Args:
        similarity: (n_query, n_gallery).
        bank: (n_bank, n_gallery).
        temperature: T; the higher, the flatter.
    """
    return similarity / temperature - _log_sum_exp(bank / temperature, axis=0)


def dual_softmax(similarity: np.ndarray, bank: np.ndarray, temperature: float) -> np.ndarray:
    """Return the log of softmax over the gallery times softmax over the bank.

    Source: Rocco et al., "Neighbourhood Consensus Networks", NeurIPS 2018, section 3.2; used for retrieval by
    Cheng et al., "Improving Video-Text Retrieval by Multi-Stream Corpus Alignment and Dual Softmax Loss", 2021, eq. 6.

    Args:
        similarity: (n_query, n_gallery).
        bank: (n_bank, n_gallery).
        temperature: T.
    """
    scaled = similarity / temperature
    forward = scaled - _log_sum_exp(scaled, axis=1)[:, None]
    return forward + inverted_softmax(similarity, bank, temperature)


def mutual_proximity(similarity: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Return log P(others are farther from the query) + log P(others are farther from the gallery image).

    Gaussian, independent. Source: Schnitzer et al., "Local and Global Scaling Reduce Hubs in Space", JMLR 2012,
    section 3.2.

    Args:
        similarity: (n_query, n_gallery).
        bank: (n_bank, n_gallery).
    """
    from scipy.special import log_ndtr  # Here, because ranking by plain cosine should not wait for scipy.

    return log_ndtr(_standard(similarity, similarity, axis=1)) + log_ndtr(_standard(similarity, bank, axis=0))


def _standard(similarity: np.ndarray, reference: np.ndarray, axis: int) -> np.ndarray:
    if reference.shape[axis] == 0:
        return np.zeros_like(similarity)  # An empty bank has nothing to say.
    mean = reference.mean(axis=axis, keepdims=True)
    spread = reference.std(axis=axis, keepdims=True)
    return np.divide(similarity - mean, spread, out=np.zeros_like(similarity), where=spread > 0)


def _mean_of_largest(rows: np.ndarray, count: int) -> np.ndarray:
    count = min(count, rows.shape[1])
    if count == 0:
        return np.zeros(len(rows), dtype=rows.dtype)
    return np.partition(rows, rows.shape[1] - count, axis=1)[:, -count:].mean(axis=1)


def _log_sum_exp(values: np.ndarray, axis: int) -> np.ndarray:
    top = values.max(axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    total = np.exp(values - top).sum(axis=axis)
    # An empty bank has nothing to say.
    return np.log(total, out=np.zeros_like(total), where=total > 0) + top.squeeze(axis)
