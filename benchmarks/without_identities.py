"""What `tune` decides without training identities, against equal weights and no correction.

python -m benchmarks.without_identities RUN...

Each RUN is the folder of a finished run, whose training images are left out of its embeddings. A second pair of rows
lets every identity ask once only, which is hard on whatever lets queries help each other.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.quality import Material, first_hit, one_each, table
from lookalike.embedding.table import EmbeddingTable
from lookalike.fusion.plan import Plan
from lookalike.fusion.tuning.without_identities import without_identities
from lookalike.metrics.rates import points
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.embeddings import Embeddings
from lookalike.run.run import Run


def judged(run: Material, plan: Plan, tables: list[EmbeddingTable], asks: np.ndarray) -> np.ndarray:
    """Return (n,) points of the queries that `asks` picks, answered together."""
    parts = [Embeddings.of(one) for one in tables]
    chosen = [replace(part, query=part.query[asks]) for part in parts]
    return points(first_hit(plan.similarity(chosen), run.query[asks], run.gallery))


def compare(root: Path) -> None:
    run = Material(Run(root).files)
    tables = [one.rows(one.split != "train") for one in run.tables]
    for transductive in (True, False):
        equal = Plan.equal("joint", run.models, RetrievalOptions(transductive=transductive))
        chosen = without_identities(equal, tables)
        for words, asks in (
            ("all ask", np.arange(len(run.query))),
            ("each once", one_each(np.random.default_rng(0), run.query)),
        ):
            rows = {
                "equal weights": judged(run, equal, tables, asks),
                "without identities": judged(run, chosen, tables, asks),
            }
            together = "together" if transductive else "one at a time"
            table(f"{root.name}: {', '.join(run.models)}; {words}, answered {together}", rows, "equal weights")


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        compare(Path(folder))
