"""The vector half of retrieval: embeddings moved between domains and averaged with their neighbours."""

from dataclasses import dataclass, replace

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.clouds import Clouds
from lookalike.retrieval.domain import infer_domain
from lookalike.retrieval.expansion import augment, expand
from lookalike.retrieval.prototypes import centroids
from lookalike.retrieval.shift import SHIFTS, Domains


@dataclass(frozen=True)
class Prepared:
    """Vectors ready to be compared.

    Attributes:
        query: (n_query, dim) float32 unit rows.
        gallery: (n_gallery, dim) float32 unit rows.
        bank: (n_bank, dim) training photographs, moved as the queries were: queries that belong to nobody's test.
        prototypes: (n_identity, dim) centroids of the training identities.
    """

    query: np.ndarray
    gallery: np.ndarray
    bank: np.ndarray
    prototypes: np.ndarray


def prepare(clouds: Clouds, options: RetrievalOptions) -> Prepared:
    """Apply shift, augmentation and expansion, each where it is switched on."""
    if options.plain:
        return Prepared(clouds.query, clouds.gallery, clouds.train[:0], clouds.train[:0])
    placed = moved(clouds, options)
    query, gallery = placed.query, placed.gallery
    if options.gallery_neighbours:
        gallery = augment(gallery, options.gallery_neighbours, options.gallery_power)
    if options.transductive and options.query_neighbours:
        for _ in range(options.query_rounds):
            query = augment(query, options.query_neighbours, options.power)
    if options.expansion:
        query = expand(query, gallery, options.expansion, options.power)
    bank = placed.train[placed.train_domain == "real"]
    kept = slice(None) if options.prototypes else slice(0)
    return Prepared(query, gallery, bank, centroids(placed.train[kept], placed.train_label[kept]))


def moved(clouds: Clouds, options: RetrievalOptions) -> Clouds:
    """Return clouds after the domain shift: photographs moved as queries are, all else as the gallery."""
    domain = _train_domain(clouds, options)
    if options.shift == "none" or not (len(clouds.query) and len(clouds.gallery)):
        return replace(clouds, train_domain=domain)
    real = domain == "real"
    query = np.concatenate([clouds.query, clouds.train[real]])
    gallery = np.concatenate([clouds.gallery, clouds.train[~real]])
    query, gallery = SHIFTS[options.shift](query, gallery, _domains(clouds, domain, options), options.shrinkage)
    train = np.empty_like(clouds.train)
    train[real], train[~real] = query[len(clouds.query) :], gallery[len(clouds.gallery) :]
    moved_query, moved_gallery = query[: len(clouds.query)], gallery[: len(clouds.gallery)]
    return Clouds(moved_query, moved_gallery, train, clouds.train_label, domain)


def _train_domain(clouds: Clouds, options: RetrievalOptions) -> np.ndarray:
    """Return the training images' domains: as stated; else inferred where that is allowed; else left unknown."""
    unknown = clouds.train_domain == "unknown"
    testable = len(clouds.query) > 0 and len(clouds.gallery) > 0
    if not unknown.any() or not options.transductive or not testable:
        return clouds.train_domain
    return np.where(unknown, infer_domain(clouds).domain, clouds.train_domain)


def _domains(clouds: Clouds, domain: np.ndarray, options: RetrievalOptions) -> Domains:
    """Return the reference images of both sides; one with too few falls back on all training images."""
    if options.reference == "test" and options.transductive and options.shift not in ("wccn", "align"):
        nobody = np.full(len(clouds.query), None), np.full(len(clouds.gallery), None)
        return Domains(clouds.query, nobody[0], clouds.gallery, nobody[1])
    if len(clouds.train) == 0:
        raise LookalikeError(
            f"retrieval.shift: {options.shift} learns from training images and the dataset has none; "
            "set retrieval.reference: test, or retrieval.shift: none"
        )
    every = np.ones(len(domain), dtype=bool)
    sides = [domain == "real", domain == "synthetic"]
    if not all(side.any() for side in sides):
        # Domains that are not told apart share one mean and one covariance: less to gain, nothing broken.
        sides = [every, every]
    real, synthetic = sides
    return Domains(clouds.train[real], clouds.train_label[real], clouds.train[synthetic], clouds.train_label[synthetic])
