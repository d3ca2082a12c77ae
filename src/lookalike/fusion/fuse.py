"""Following a plan: several models' embeddings become one ranking."""

from collections.abc import Sequence

import numpy as np

from lookalike.embedding.table import EmbeddingTable, same_images
from lookalike.fusion.evidence import Evidence
from lookalike.fusion.plan import Plan
from lookalike.fusion.rules.table import rule_named
from lookalike.kit.errors import LookalikeError
from lookalike.params.fusion import FusionOptions
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.clouds import Clouds
from lookalike.retrieval.ranking import Ranking


def fuse(plan: Plan, tables: Sequence[EmbeddingTable], retrieval: RetrievalOptions, fusion: FusionOptions) -> Ranking:
    """Return the ensemble's ranking.

    Args:
        plan: what the tuner decided.
        tables: the plan's models' embeddings, in its order, of the same images.
        retrieval: options as given; the plan's changes go on top.
        fusion: names the common scale.

    Raises:
        LookalikeError: the tables do not fit the plan or each other.
    """
    if len(tables) != len(plan.models):
        raise LookalikeError(f"the plan fuses {plan.models}, but {len(tables)} embedding tables were given")
    same_images(tables)
    options = plan.options(retrieval)
    evidence = Evidence(
        clouds=tuple(Clouds.of(table) for table in tables),
        weight=np.array(plan.weight),
        accuracy=np.array(plan.accuracy),
        options=options,
        scale=plan.scales(fusion.normalise),
    )
    first = tables[0]
    query_id, gallery_id = first.image_id[first.split == "query"], first.image_id[first.split == "gallery"]
    return Ranking.from_similarity(query_id, gallery_id, rule_named(plan.rule)(evidence), options.depth)
