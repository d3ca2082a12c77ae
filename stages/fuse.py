"""Rank by all models together, as planned: embeddings and data/fusion.json -> data/rankings/ensemble.parquet."""

from pathlib import Path

from lookalike.embedding.table import EmbeddingTable
from lookalike.fusion.fuse import fuse
from lookalike.fusion.plan import Plan
from lookalike.kit.entry import run_stage


def main() -> None:
    """Fuse the models that the plan names."""
    plan = Plan.read(Path("data/fusion.json"))
    tables = [EmbeddingTable.read(Path(f"data/embeddings/{model}.parquet")) for model in plan.models]
    fuse(plan, tables).write(Path("data/rankings/ensemble.parquet"))


if __name__ == "__main__":
    run_stage(main)
