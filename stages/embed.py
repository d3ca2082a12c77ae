"""Embed every readable image of the dataset with one model."""

import sys
from dataclasses import asdict

from lookalike.backbones.registry import choose_device
from lookalike.backbones.trained import read_training
from lookalike.catalog.table import Catalog
from lookalike.embedding.recipe import preprocessing
from lookalike.embedding.table import EmbeddingTable
from lookalike.engine.engine import Images
from lookalike.engine.executors.base import chosen
from lookalike.engine.model import Model
from lookalike.engine.rows import Rows
from lookalike.engine.vectors import embed_known
from lookalike.kit.entry import run_stage
from lookalike.kit.errors import LookalikeError
from lookalike.params.load import load_params
from lookalike.run.layout import Layout


def main(model: str) -> None:
    """Write data/embeddings/<model>.parquet."""
    params, layout = load_params(), Layout()
    recipe = params.models[model]
    catalog = Catalog.read(layout.catalog)
    images = catalog.rows(catalog.ok)
    faces = layout.faces if params.dataset.crop else None
    blocks = recipe.backbone, recipe.crop, recipe.head, recipe.embed
    files = layout.weights(model), layout.trained(model)
    embedder = Model(model, *blocks, *files, choose_device(params.run.device))
    where = Images(layout.images(params.run.dataset), images.image_id, images.sha256)
    rows = embed_known(layout.store, where, faces, embedder, chosen())
    shown = {"preprocessing": preprocessing(recipe.crop, recipe.embed.views)}
    _table(images, rows, asdict(read_training(layout.trained(model))) | shown).write(layout.embeddings(model))


def _table(images: Catalog, rows: Rows, metadata: dict[str, str]) -> EmbeddingTable:
    if not rows.ok.any():
        raise LookalikeError(f"none of {len(images)} images could be embedded: {rows.status[0] if len(rows) else ''}")
    aside = int((~rows.ok).sum())
    if aside:
        print(f"lookalike: {aside} images are set aside; a query among them is a miss", file=sys.stderr)
        metadata = metadata | {"set_aside": str(aside)}
    kept, embedding = images.rows(rows.ok), rows.values["embedding"][rows.ok]
    # Nothing after this stage may see who is on a test image.
    label = kept.label.copy()
    label[kept.split != "train"] = None
    shown = metadata | {"dim": str(embedding.shape[1])}
    return EmbeddingTable(kept.image_id, kept.split, kept.domain, label, embedding, shown)


if __name__ == "__main__":
    run_stage(main)
