"""Following a plan: several models' embeddings become one ranking."""

from collections.abc import Sequence

from lookalike.embedding.stored import StoredTable
from lookalike.embedding.table import EmbeddingTable, same_images
from lookalike.fusion.plan import Plan
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.in_parts import ranked
from lookalike.retrieval.photographs import as_asked
from lookalike.retrieval.ranking import Ranking


def fuse_stored(plan: Plan, tables: Sequence[StoredTable]) -> Ranking:
    """Return the same as `fuse` of tables on disk, holding no more of the gallery than the plan needs."""
    same_images(tables)
    joint = plan.rule == "joint"
    return ranked(tables, lambda embeddings: plan.fused(plan.place(embeddings)), plan.retrieval, joint)


def fuse(plan: Plan, tables: Sequence[EmbeddingTable]) -> Ranking:
    """Return the ensemble's ranking, holding the full matrix of scores only where a correction needs it.

    Args:
        plan: what the tuner decided.
        tables: the plan's models' embeddings, in its order, of the same images.

    Raises:
        LookalikeError: the tables do not fit the plan or each other.
    """
    same_images(tables)
    tables = [as_asked(table) for table in tables]
    first = tables[0]
    query_id, gallery_id = first.image_id[first.split == "query"], first.image_id[first.split == "gallery"]
    similarity = plan.fused(plan.place([Embeddings.of(table) for table in tables]))
    return Ranking.of(query_id, gallery_id, similarity.top, plan.retrieval.depth)
