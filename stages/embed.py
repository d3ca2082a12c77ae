"""Embed every readable image of the dataset with one model."""

from dataclasses import asdict

import numpy as np

from lookalike.backbones.registry import choose_device
from lookalike.backbones.trained import read_training
from lookalike.catalog.table import Catalog
from lookalike.embedding.crops import read_crops
from lookalike.embedding.embedder import Embedder
from lookalike.embedding.recipe import preprocessing
from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.durations import clocks, note_work, since
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.run.layout import Layout


def main(model: str) -> None:
    """Write data/embeddings/<model>.parquet."""
    params, layout = load_params(), Layout()
    recipe = params.models[model]
    catalog = Catalog.read(layout.catalog)
    crops = read_crops(layout.crops(model), catalog, recipe.crop.size)
    device = choose_device(params.run.device)
    files = layout.weights(model), layout.trained(model)
    embedder = Embedder.load(recipe.backbone, recipe.crop.size, recipe.head, recipe.embed, *files, device)
    start = clocks()
    embedding = embedder.embed_all(crops, f"embedding with {model}")
    note_work(f"embed@{model}", len(embedding), *since(start), device=device)
    shown = {"preprocessing": preprocessing(recipe.crop, recipe.embed.views), "dim": str(embedding.shape[1])}
    training = asdict(read_training(layout.trained(model)))
    table = _table(catalog.rows(catalog.ok), embedding, training | shown)
    table.write(layout.embeddings(model))


def _table(kept: Catalog, embedding: np.ndarray, metadata: dict[str, str]) -> EmbeddingTable:
    # Nothing after this stage may see who is on a test image.
    label = kept.label.copy()
    label[kept.split != "train"] = None
    return EmbeddingTable(kept.image_id, kept.split, kept.domain, label, embedding, metadata)


if __name__ == "__main__":
    run_stage(main)
