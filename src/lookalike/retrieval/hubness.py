"""Corrections for hubs: gallery images that come up for everyone.

Each takes scores (n_query, n_gallery) and those of a bank of queries for the same gallery (n_bank, n_gallery), from
which it learns how near an image is to anyone at all. With the test's own queries as the bank a correction is
transductive; with training photographs it is not (Bogolin et al., "Cross Modal Retrieval with Querybank
Normalisation", CVPR 2022).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lookalike.params.retrieval import CslsOptions, DualSoftmaxOptions, HubnessOptions, InvertedSoftmaxOptions
from lookalike.retrieval.similarity import BLOCK_CELLS, Similarity, check_dense
from lookalike.retrieval.vectors import cosine


def hubness(similarity: Similarity, options: HubnessOptions) -> Similarity:
    """Correct scores by the method named, with the test's queries as the bank or with training photographs.

    With photographs as the bank, what it says of each gallery image is worked out for some images at a time, and the
    queries' scores are corrected in blocks. With the queries as the bank all their scores are held.
    """
    placed, method = similarity.placed, METHODS[options.method]
    if placed.transductive:
        key = f"retrieval.hubness.method: {options.method}"
        instead = "set retrieval.hubness.method: none, or retrieval.transductive: false"
        check_dense(key, len(placed.query), len(placed.gallery), instead)
        scores = similarity.scores()
        return similarity.corrected(method.correct(scores, method.learn(scores, options), options))
    step = max(1, BLOCK_CELLS // max(len(placed.bank), 1))
    parts = [placed.gallery[start : start + step] for start in range(0, len(placed.gallery), step)]
    learned = np.concatenate([method.learn(cosine(placed.bank, part), options) for part in parts], axis=1)
    return similarity.by_query(lambda scores, _: method.correct(scores, learned, options))


def csls(scores: np.ndarray, bank: np.ndarray, options: CslsOptions) -> np.ndarray:
    """Return cross-domain similarity local scaling: 2 s - r(query) - r(gallery image).

    r is the mean score of the `neighbours` nearest on the other side, or of as many as there are.
    Source: Conneau et al., "Word Translation Without Parallel Data", ICLR 2018, equation 3.
    """
    return _scale_locally(scores, _nearness(bank, options), options)


def inverted_softmax(
    scores: np.ndarray, bank: np.ndarray, options: InvertedSoftmaxOptions | DualSoftmaxOptions
) -> np.ndarray:
    """Return s / T - log Σ_bank exp(s / T): the log-probability of the query, seen from the gallery image.

    Source: Smith et al., "Offline bilingual word vectors, orthogonal transformations and the inverted softmax",
    ICLR 2017, equation 6.
    """
    return _invert(scores, _log_sum(bank, options), options)


def dual_softmax(scores: np.ndarray, bank: np.ndarray, options: DualSoftmaxOptions) -> np.ndarray:
    """Return the log of softmax over the gallery times softmax over the bank.

    Source: Rocco et al., "Neighbourhood Consensus Networks", NeurIPS 2018, section 3.2; used for retrieval by
    Cheng et al., "Improving Video-Text Retrieval by Multi-Stream Corpus Alignment and Dual Softmax Loss", 2021, eq. 6.
    """
    return _dual(scores, _log_sum(bank, options), options)


def mutual_proximity(scores: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Return log P(others are farther from the query) + log P(others are farther from the gallery image).

    Gaussian, independent. Source: Schnitzer et al., "Local and Global Scaling Reduce Hubs in Space", JMLR 2012,
    section 3.2.
    """
    return _proximity(scores, _moments(bank))


class Method(NamedTuple):
    """A correction in two halves, so that a gallery's share of the work is done once and some images at a time.

    Attributes:
        learn: from the bank's scores (n_bank, n) to what they say of each gallery image, (m, n).
        correct: from queries' scores (n_query, n_gallery) and that of the whole gallery to corrected scores.
    """

    learn: Callable[[np.ndarray, HubnessOptions], np.ndarray]
    correct: Callable[[np.ndarray, np.ndarray, HubnessOptions], np.ndarray]


METHODS: dict[str, Method] = {
    "csls": Method(
        lambda bank, options: _nearness(bank, options.csls),
        lambda scores, learned, options: _scale_locally(scores, learned, options.csls),
    ),
    "inverted_softmax": Method(
        lambda bank, options: _log_sum(bank, options.inverted_softmax),
        lambda scores, learned, options: _invert(scores, learned, options.inverted_softmax),
    ),
    "dual_softmax": Method(
        lambda bank, options: _log_sum(bank, options.dual_softmax),
        lambda scores, learned, options: _dual(scores, learned, options.dual_softmax),
    ),
    "mutual_proximity": Method(
        lambda bank, options: _moments(bank),
        lambda scores, learned, options: _proximity(scores, learned),
    ),
}


def _nearness(bank: np.ndarray, options: CslsOptions) -> np.ndarray:
    return _mean_of_largest(bank.T, options.neighbours)[None]


def _scale_locally(scores: np.ndarray, nearness: np.ndarray, options: CslsOptions) -> np.ndarray:
    return 2 * scores - _mean_of_largest(scores, options.neighbours)[:, None] - nearness


def _log_sum(bank: np.ndarray, options: InvertedSoftmaxOptions | DualSoftmaxOptions) -> np.ndarray:
    from scipy.special import logsumexp  # Here, because plain cosine should not wait for scipy.

    if len(bank) == 0:
        return np.zeros((1, bank.shape[1]), dtype=bank.dtype)  # An empty bank has nothing to say.
    return np.asarray(logsumexp(bank / options.temperature, axis=0, keepdims=True))


def _invert(
    scores: np.ndarray, log_sum: np.ndarray, options: InvertedSoftmaxOptions | DualSoftmaxOptions
) -> np.ndarray:
    return scores / options.temperature - log_sum


def _dual(scores: np.ndarray, log_sum: np.ndarray, options: DualSoftmaxOptions) -> np.ndarray:
    from scipy.special import log_softmax

    return np.asarray(log_softmax(scores / options.temperature, axis=1) + _invert(scores, log_sum, options))


def _moments(bank: np.ndarray) -> np.ndarray:
    """Return each gallery image's mean and spread over the bank, (2, n_gallery)."""
    if len(bank) == 0:
        return np.zeros((2, bank.shape[1]), dtype=bank.dtype)  # An empty bank has nothing to say.
    return np.stack([bank.mean(axis=0), bank.std(axis=0)])


def _proximity(scores: np.ndarray, moments: np.ndarray) -> np.ndarray:
    from scipy.special import log_ndtr

    own = np.stack([scores.mean(axis=1), scores.std(axis=1)])[:, :, None]
    return np.asarray(log_ndtr(_standard(scores, *own)) + log_ndtr(_standard(scores, *moments[:, None])))


def _standard(scores: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return np.divide(scores - mean, spread, out=np.zeros_like(scores), where=spread > 0)


def _mean_of_largest(rows: np.ndarray, count: int) -> np.ndarray:
    count = min(count, rows.shape[1])
    if count == 0:
        return np.zeros(len(rows), dtype=rows.dtype)
    return np.partition(rows, rows.shape[1] - count, axis=1)[:, -count:].mean(axis=1)
