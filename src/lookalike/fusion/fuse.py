"""Following a plan: several models' embeddings become one ranking."""

from collections.abc import Sequence

from lookalike.embedding.stored import StoredTable
from lookalike.embedding.table import same_images
from lookalike.fusion.plan import Plan
from lookalike.retrieval.in_parts import ranked
from lookalike.retrieval.ranking import Ranking


def fuse(plan: Plan, tables: Sequence[StoredTable]) -> Ranking:
    """Return the ensemble's ranking, holding no more of the gallery, and of the scores, than the plan needs.

    Args:
        plan: what the tuner decided.
        tables: the plan's models' embeddings, in its order, of the same images.

    Raises:
        LookalikeError: the tables do not fit the plan or each other.
    """
    same_images(tables)
    joint = plan.rule == "joint"
    return ranked(tables, lambda embeddings: plan.fused(plan.place(embeddings)), plan.retrieval, joint)
