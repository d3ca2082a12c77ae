"""Rank the gallery for every query by one model: data/embeddings/MODEL.parquet -> data/rankings/MODEL.parquet."""

from lookalike.embedding.stored import StoredTable
from lookalike.kit.durations import clocks, note_work, since
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.retrieval.in_parts import rank
from lookalike.run.layout import Layout


def main(model: str) -> None:
    """Rank by the model named, with the options of the `retrieval` block."""
    layout = Layout()
    table = StoredTable.open(layout.embeddings(model))
    start = clocks()
    ranking = rank(table, load_params().retrieval)
    asked, searched = len(ranking.query_id), len(ranking.gallery_id)
    note_work(f"rank@{model}", asked * searched * table.dim, *since(start))
    ranking.write(layout.ranking(model))


if __name__ == "__main__":
    run_stage(main)
