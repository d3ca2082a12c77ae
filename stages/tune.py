"""Choose the ensemble's options and weights on validation identities -> data/fusion.json, and data/tuning.json."""

import numpy as np

from lookalike.embedding.cross_fitted import CrossFitted, unseen
from lookalike.embedding.table import EmbeddingTable, shared
from lookalike.fusion.tuning.tune import tune
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.run.layout import Layout
from lookalike.validation.parts import part_of


def main() -> None:
    """Tune on the training identities of the run's models."""
    params, layout = load_params(), Layout()
    models = params.run.models
    tables = shared([EmbeddingTable.read(layout.embeddings(model)) for model in models])
    apart = [CrossFitted.read(layout.cross_fitted(model)) for model in models]
    plan, record = tune(
        models,
        tables,
        part=part_of(tables[0].label, params.validation),
        unseen=[unseen(*both) for both in zip(tables, apart, strict=True)],
        rule=params.run.fusion,
        retrieval=params.retrieval,
        fusion=params.fusion,
        rng=np.random.default_rng(params.run.seed),
    )
    plan.write(layout.plan)
    record.write(layout.tuning)


if __name__ == "__main__":
    run_stage(main)
