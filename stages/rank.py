"""Rank the gallery for every query by one model: data/embeddings/MODEL.parquet -> data/rankings/MODEL.parquet."""

from pathlib import Path

from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.pipeline import rank


def main(model: str) -> None:
    """Rank by the model named, with the options of the `retrieval` block."""
    table = EmbeddingTable.read(Path(f"data/embeddings/{model}.parquet"))
    query_id, gallery_id = (table.image_id[table.split == split] for split in ("query", "gallery"))
    ranking = rank(Embeddings.of(table), query_id, gallery_id, load_params().retrieval)
    ranking.write(Path(f"data/rankings/{model}.parquet"))


if __name__ == "__main__":
    run_stage(main)
