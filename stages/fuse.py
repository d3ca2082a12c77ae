"""Rank by all models together, as planned: embeddings and data/fusion.json -> data/rankings/ensemble.parquet."""

from lookalike.embedding.stored import StoredTable
from lookalike.embedding.table import shared
from lookalike.fusion.fuse import fuse
from lookalike.fusion.plan import Plan
from lookalike.kit.entry import run_stage
from lookalike.metrics.systems import ENSEMBLE
from lookalike.run.layout import Layout


def main() -> None:
    """Fuse the models that the plan names."""
    layout = Layout()
    plan = Plan.read(layout.plan)
    tables = shared([StoredTable.open(layout.embeddings(model)) for model in plan.models])
    fuse(plan, tables).write(layout.ranking(ENSEMBLE))


if __name__ == "__main__":
    run_stage(main)
