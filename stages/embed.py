"""Embed every readable image of the dataset with one model."""

from dataclasses import asdict

import numpy as np

from lookalike.backbones.registry import choose_device
from lookalike.backbones.trained import Training, read_training
from lookalike.catalog.table import Catalog
from lookalike.embedding.crops import read_crops
from lookalike.embedding.embedder import Embedder
from lookalike.embedding.recipe import preprocessing
from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.params.models import ModelOptions
from lookalike.run.layout import Layout


def main(model: str) -> None:
    """Write data/embeddings/<model>.parquet."""
    params, layout = load_params(), Layout()
    options = params.models[model]
    catalog = Catalog.read(layout.catalog)
    crops = read_crops(layout.crops(model), catalog, options.crop.size)
    device = choose_device(params.run.device)
    trained = layout.trained(model)
    embedder = Embedder.load(options, layout.weights(model), trained, device)
    embedding = embedder.embed_all(crops, f"embedding with {model}")
    table = _table(read_training(trained), options, catalog.rows(catalog.ok), embedding)
    table.write(layout.embeddings(model))


def _table(training: Training, options: ModelOptions, kept: Catalog, embedding: np.ndarray) -> EmbeddingTable:
    facts = asdict(training) | {
        "preprocessing": preprocessing(options),
        "dim": str(embedding.shape[1]),
    }
    # Nothing after this stage may see who is on a test image.
    label = kept.label.copy()
    label[kept.split != "train"] = None
    return EmbeddingTable(kept.image_id, kept.split, kept.domain, label, embedding, facts)


if __name__ == "__main__":
    run_stage(main)
