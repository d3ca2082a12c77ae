"""Rankings of tables in memory by all of their scores: what those of tables on disk are held against."""

from collections.abc import Sequence

import numpy as np

from lookalike.embedding.table import EmbeddingTable, same_images
from lookalike.fusion.plan import Plan
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.photographs import as_asked
from lookalike.retrieval.pipeline import similarity
from lookalike.retrieval.ranking import Ranking


def rank(embeddings: Embeddings, query_id: np.ndarray, gallery_id: np.ndarray, options: RetrievalOptions) -> Ranking:
    """Rank (n_gallery,) ids for each of (n_query,) by one model."""
    return Ranking.of(query_id, gallery_id, similarity(embeddings, options).top, options.depth)


def fuse(plan: Plan, tables: Sequence[EmbeddingTable]) -> Ranking:
    """Rank by a plan's models, in its order."""
    same_images(tables)
    tables = [as_asked(table) for table in tables]
    first = tables[0]
    query_id, gallery_id = (first.image_id[first.split == split] for split in ("query", "gallery"))
    fused = plan.fused(plan.place([Embeddings.of(table) for table in tables]))
    return Ranking.of(query_id, gallery_id, fused.top, plan.retrieval.depth)
