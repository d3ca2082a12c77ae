"""The first step of retrieval: photographs and drawings placed in one space."""

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.params.retrieval import ShiftOptions
from lookalike.retrieval.domain import infer_domain
from lookalike.retrieval.embeddings import Embeddings, Placed
from lookalike.retrieval.shift import SHIFTS, Domains


def place(embeddings: Embeddings, options: ShiftOptions, transductive: bool) -> Placed:
    """Return embeddings after the domain shift: photographs moved as queries are, all else as the gallery.

    Args:
        embeddings: of one model.
        options: the `shift` block.
        transductive: whether a query's answer may use the other queries.

    Raises:
        LookalikeError: the shift learns from training images, and there are none.
    """
    given, labels = embeddings, embeddings.train_label
    if options.method == "none" or not (len(given.query) and len(given.gallery)):
        return Placed(given.query, given.gallery, given.train, labels, given.train_domain, transductive)
    domain = _train_domain(given) if transductive else given.train_domain
    real = domain == "real"
    query, gallery = SHIFTS[options.method](
        np.concatenate([given.query, given.train[real]]),
        np.concatenate([given.gallery, given.train[~real]]),
        _domains(given, domain, options, transductive),
        options.shrinkage,
    )
    n_query, n_gallery = len(given.query), len(given.gallery)
    train = np.empty_like(given.train)
    train[real], train[~real] = query[n_query:], gallery[n_gallery:]
    return Placed(query[:n_query], gallery[:n_gallery], train, labels, domain, transductive)


def _train_domain(embeddings: Embeddings) -> np.ndarray:
    """Return the training images' domains: as stated, else inferred."""
    unknown = embeddings.train_domain == "unknown"
    if not unknown.any():
        return embeddings.train_domain
    return np.where(unknown, infer_domain(embeddings).domain, embeddings.train_domain)


def _domains(embeddings: Embeddings, domain: np.ndarray, options: ShiftOptions, transductive: bool) -> Domains:
    """Return the reference images of both sides; one with too few falls back on all training images."""
    query, gallery, train, label = embeddings.query, embeddings.gallery, embeddings.train, embeddings.train_label
    if options.reference == "test" and transductive:
        return Domains(query, np.full(len(query), None), gallery, np.full(len(gallery), None))
    if len(train) == 0:
        raise LookalikeError(
            f"retrieval.shift.method: {options.method} learns from training images and the dataset has none; "
            "set retrieval.shift.reference: test, or retrieval.shift.method: none"
        )
    every = np.ones(len(domain), dtype=bool)
    sides = [domain == "real", domain == "synthetic"]
    if not all(side.any() for side in sides):
        # Domains that are not told apart share one mean and one covariance: less to gain, nothing broken.
        sides = [every, every]
    real, synthetic = sides
    return Domains(train[real], label[real], train[synthetic], label[synthetic])
