"""From one model's embeddings to similarities and rankings, by the options of the `retrieval` block."""

from collections.abc import Iterator

import numpy as np

from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.assignment import assign
from lookalike.retrieval.clouds import Clouds
from lookalike.retrieval.diffusion import Diffusion, diffuse, diffuse_gallery
from lookalike.retrieval.hubness import csls, dual_softmax, inverted_softmax, mutual_proximity
from lookalike.retrieval.prepare import Prepared, prepare
from lookalike.retrieval.prototypes import prototype_evidence
from lookalike.retrieval.ranking import Ranking
from lookalike.retrieval.reciprocal import Reciprocal, k_reciprocal
from lookalike.retrieval.search import top_k
from lookalike.retrieval.select import best
from lookalike.retrieval.similarity import cosine


def similarity(clouds: Clouds, options: RetrievalOptions) -> np.ndarray:
    """Return the (n_query, n_gallery) float32 similarities of one model.

    Args:
        clouds: its embeddings.
        options: which corrections to apply; none gives plain cosine.
    """
    if len(clouds.query) == 0 or len(clouds.gallery) == 0:
        return np.zeros((len(clouds.query), len(clouds.gallery)), dtype=np.float32)
    return np.concatenate(list(_blocks(prepare(clouds, options), options)))


def rank(clouds: Clouds, query_id: np.ndarray, gallery_id: np.ndarray, options: RetrievalOptions) -> Ranking:
    """Rank the gallery for every query, holding the full similarity matrix only where a correction needs it.

    Args:
        clouds: the model's embeddings.
        query_id: (n_query,) image ids.
        gallery_id: (n_gallery,) image ids, sorted.
        options: the `retrieval` block.
    """
    if len(query_id) == 0 or len(gallery_id) == 0:
        return Ranking.from_similarity(query_id, gallery_id, similarity(clouds, options), options.depth)
    prepared = prepare(clouds, options)
    depth = min(options.depth or len(gallery_id), len(gallery_id))
    if not _needs_blocks(options):
        order, score = top_k(prepared.query, prepared.gallery, depth)
        return Ranking(query_id, gallery_id, order, score)
    parts = [best(block, depth) for block in _blocks(prepared, options)]
    return Ranking(query_id, gallery_id, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def _needs_blocks(options: RetrievalOptions) -> bool:
    return (options.hubness, options.rerank) != ("none", "none") or options.prototypes > 0


def _blocks(prepared: Prepared, options: RetrievalOptions) -> Iterator[np.ndarray]:
    """Yield similarities of consecutive queries; one block where a correction compares queries."""
    if options.rerank == "k_reciprocal" and options.transductive:
        blocks = k_reciprocal(prepared.query, prepared.gallery, Reciprocal(options.k1, options.k2, options.balance))
        if options.hubness == "none" and not options.prototypes:
            yield from blocks
            return
        base = np.concatenate(list(blocks))
    else:
        base = _base(prepared, options)
    yield _corrected(base, prepared, options)


def _base(prepared: Prepared, options: RetrievalOptions) -> np.ndarray:
    if options.rerank != "diffusion":
        return cosine(prepared.query, prepared.gallery)
    settings = Diffusion(options.k1, options.power, options.flow)
    flow = diffuse if options.transductive else diffuse_gallery
    return flow(prepared.query, prepared.gallery, settings)


def _corrected(base: np.ndarray, prepared: Prepared, options: RetrievalOptions) -> np.ndarray:
    if options.prototypes:
        base = base + options.prototypes * prototype_evidence(prepared.query, prepared.gallery, prepared.prototypes)
    if options.hubness != "none":
        bank = base if options.transductive else cosine(prepared.bank, prepared.gallery)
        base = _without_hubs(base, bank, options)
    if options.rerank == "assignment" and options.transductive:
        base = assign(base)
    return base.astype(np.float32)


def _without_hubs(base: np.ndarray, bank: np.ndarray, options: RetrievalOptions) -> np.ndarray:
    if options.hubness == "csls":
        return csls(base, bank, options.hubness_neighbours)
    if options.hubness == "mutual_proximity":
        return mutual_proximity(base, bank)
    correction = inverted_softmax if options.hubness == "inverted_softmax" else dual_softmax
    return correction(base, bank, options.temperature)
