"""What is done without training identities: what held on identities of other pictures, and no more.

Shares of published models, and the correction, were chosen on the 80 training identities of `caricature` as if nothing
could be learned from them, and held against equal weights on every dataset at hand (`python -m
benchmarks.without_identities`; docs/retrieval.md has its table).
"""

from collections.abc import Sequence
from dataclasses import replace

from lookalike.embedding.table import EmbeddingTable
from lookalike.fusion.plan import Plan
from lookalike.params.retrieval import KReciprocalOptions
from lookalike.retrieval.similarity import fits_dense

# SHA-256 of the published weights -> how much the model counts beside the others here. ImageNet features add nothing to
# a face network's say.
SHARES = {
    "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79": 0.4,  # sface
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30": 0.6,  # dlib
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db": 0.0,  # efficientnet_lite0
}


def without_identities(plan: Plan, tables: Sequence[EmbeddingTable]) -> Plan:
    """Return the plan to follow where no identity can judge.

    Mutual neighbours are counted where queries may be answered together: of the corrections that learn from no
    identities it is the one that loses little where every query shows somebody else.

    Args:
        plan: with equal weights and the options given.
        tables: the models' embeddings, in the plan's order.
    """
    shares = [None if table.fitted else SHARES.get(table.metadata.get("weights_sha256", "")) for table in tables]
    known = [share for share in shares if share is not None]
    weight = [share / sum(known) for share in known] if len(known) == len(shares) and sum(known) > 0 else plan.weight
    n_query, n_gallery = ((tables[0].split == split).sum() for split in ("query", "gallery"))
    if not plan.retrieval.transductive or not fits_dense(int(n_query), int(n_gallery)):
        return replace(plan, weight=weight)
    mutual = plan.retrieval.model_copy(update={"k_reciprocal": KReciprocalOptions(enabled=True)})
    return replace(plan, weight=weight, retrieval=mutual)
