"""Choose the ensemble's options and weights on validation identities -> data/fusion.json, and data/tuning.json."""

from pathlib import Path

import numpy as np

from lookalike.embedding.table import EmbeddingTable
from lookalike.fusion.tuning.tune import tune
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.validation.held_out import validation_mask


def main() -> None:
    """Tune on the training identities of the run's models."""
    params = load_params()
    models = params.run.models
    tables = [EmbeddingTable.read(Path(f"data/embeddings/{model}.parquet")) for model in models]
    plan, record = tune(
        models,
        tables,
        held_out=validation_mask(tables[0].label, params.validation),
        fitted=any(table.metadata["kept"] == "trained" for table in tables),
        rule=params.run.fusion,
        retrieval=params.retrieval,
        fusion=params.fusion,
        rng=np.random.default_rng(params.run.seed),
    )
    plan.write(Path("data/fusion.json"))
    record.write(Path("data/tuning.json"))


if __name__ == "__main__":
    run_stage(main)
