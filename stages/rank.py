"""Rank the gallery for every query by one model: data/embeddings/MODEL.parquet -> data/rankings/MODEL.parquet."""

from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.durations import clocks, note_work, since
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.photographs import as_asked
from lookalike.retrieval.pipeline import rank
from lookalike.run.layout import Layout


def main(model: str) -> None:
    """Rank by the model named, with the options of the `retrieval` block."""
    layout = Layout()
    table = as_asked(EmbeddingTable.read(layout.embeddings(model)))
    query_id, gallery_id = (table.image_id[table.split == split] for split in ("query", "gallery"))
    start = clocks()
    ranking = rank(Embeddings.of(table), query_id, gallery_id, load_params().retrieval)
    note_work(f"rank@{model}", len(query_id) * len(gallery_id) * table.dim, *since(start))
    ranking.write(layout.ranking(model))


if __name__ == "__main__":
    run_stage(main)
