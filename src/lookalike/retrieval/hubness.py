"""Corrections for hubs: gallery images that come up for everyone.

Each takes scores (n_query, n_gallery) and those of a bank of queries for the same gallery (n_bank, n_gallery), from
which it learns how near an image is to anyone at all. With the test's own queries as the bank a correction is
transductive; with training photographs it is not (Bogolin et al., "Cross Modal Retrieval with Querybank
Normalisation", CVPR 2022).
"""

from collections.abc import Callable

import numpy as np

from lookalike.params.retrieval import CslsOptions, DualSoftmaxOptions, HubnessOptions, InvertedSoftmaxOptions
from lookalike.retrieval.similarity import Similarity
from lookalike.retrieval.vectors import cosine


def hubness(similarity: Similarity, options: HubnessOptions) -> Similarity:
    """Correct scores by the method named, with the test's queries as the bank or with training photographs."""
    placed, scores = similarity.placed, similarity.scores()
    bank = scores if placed.transductive else cosine(placed.bank, placed.gallery)
    return similarity.corrected(METHODS[options.method](scores, bank, options))


def csls(scores: np.ndarray, bank: np.ndarray, options: CslsOptions) -> np.ndarray:
    """Return cross-domain similarity local scaling: 2 s - r(query) - r(gallery image).

    r is the mean score of the `neighbours` nearest on the other side, or of as many as there are.
    Source: Conneau et al., "Word Translation Without Parallel Data", ICLR 2018, equation 3.
    """
    query_mean = _mean_of_largest(scores, options.neighbours)[:, None]
    return 2 * scores - query_mean - _mean_of_largest(bank.T, options.neighbours)


def inverted_softmax(
    scores: np.ndarray, bank: np.ndarray, options: InvertedSoftmaxOptions | DualSoftmaxOptions
) -> np.ndarray:
    """Return s / T - log Σ_bank exp(s / T): the log-probability of the query, seen from the gallery image.

    Source: Smith et al., "Offline bilingual word vectors, orthogonal transformations and the inverted softmax",
    ICLR 2017, equation 6.
    """
    from scipy.special import logsumexp  # Here, because plain cosine should not wait for scipy.

    scaled = scores / options.temperature
    # An empty bank has nothing to say.
    return scaled - logsumexp(bank / options.temperature, axis=0) if len(bank) else scaled


def dual_softmax(scores: np.ndarray, bank: np.ndarray, options: DualSoftmaxOptions) -> np.ndarray:
    """Return the log of softmax over the gallery times softmax over the bank.

    Source: Rocco et al., "Neighbourhood Consensus Networks", NeurIPS 2018, section 3.2; used for retrieval by
    Cheng et al., "Improving Video-Text Retrieval by Multi-Stream Corpus Alignment and Dual Softmax Loss", 2021, eq. 6.
    """
    from scipy.special import log_softmax

    return log_softmax(scores / options.temperature, axis=1) + inverted_softmax(scores, bank, options)


def mutual_proximity(scores: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Return log P(others are farther from the query) + log P(others are farther from the gallery image).

    Gaussian, independent. Source: Schnitzer et al., "Local and Global Scaling Reduce Hubs in Space", JMLR 2012,
    section 3.2.
    """
    from scipy.special import log_ndtr

    return np.asarray(log_ndtr(_standard(scores, scores, axis=1)) + log_ndtr(_standard(scores, bank, axis=0)))


METHODS: dict[str, Callable[[np.ndarray, np.ndarray, HubnessOptions], np.ndarray]] = {
    "csls": lambda scores, bank, options: csls(scores, bank, options.csls),
    "inverted_softmax": lambda scores, bank, options: inverted_softmax(scores, bank, options.inverted_softmax),
    "dual_softmax": lambda scores, bank, options: dual_softmax(scores, bank, options.dual_softmax),
    "mutual_proximity": lambda scores, bank, options: mutual_proximity(scores, bank),
}


def _standard(scores: np.ndarray, reference: np.ndarray, axis: int) -> np.ndarray:
    if reference.shape[axis] == 0:
        return np.zeros_like(scores)  # An empty bank has nothing to say.
    mean = reference.mean(axis=axis, keepdims=True)
    spread = reference.std(axis=axis, keepdims=True)
    return np.divide(scores - mean, spread, out=np.zeros_like(scores), where=spread > 0)


def _mean_of_largest(rows: np.ndarray, count: int) -> np.ndarray:
    count = min(count, rows.shape[1])
    if count == 0:
        return np.zeros(len(rows), dtype=rows.dtype)
    return np.partition(rows, rows.shape[1] - count, axis=1)[:, -count:].mean(axis=1)
