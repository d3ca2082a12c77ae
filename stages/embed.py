"""Embed every readable image of the dataset with one model.

Where all training identities taught the model, the models that were fitted without one part of them embed the training
images too: what the tuner is told of identities must come from models that never saw them.
"""

from dataclasses import asdict, replace

import numpy as np

from lookalike.backbones.registry import choose_device
from lookalike.backbones.trained import read_apart, read_training
from lookalike.catalog.table import Catalog
from lookalike.embedding.cross_fitted import CrossFitted
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
    """Write data/embeddings/<model>.parquet and data/cross_fitted/<model>.parquet."""
    params, layout = load_params(), Layout()
    recipe = params.models[model]
    catalog = Catalog.read(layout.catalog)
    images = catalog.rows(catalog.ok)
    faces = layout.faces if params.dataset.crop else None
    blocks = recipe.backbone, recipe.crop, recipe.head, recipe.embed
    files = layout.weights(model), layout.trained(model)
    embedder = Model(model, *blocks, *files, choose_device(params.run.device))

    def embed(shown: Catalog, embedder: Model) -> Rows:
        where = Images(layout.images(params.run.dataset), shown.image_id, shown.sha256)
        return embed_known(layout.store, where, faces, embedder, chosen())

    rows, train = embed(images, embedder), images.split == "train"
    models = {part: replace(embedder, trained=file) for part, file in read_apart(layout.apart(model)).items()}
    apart = {part: embed(images.rows(train), other) for part, other in models.items()}
    ok = rows.ok.copy()
    ok[train] &= np.logical_and.reduce([rows.ok[train], *(part.ok for part in apart.values())])
    if not ok.any():
        raise LookalikeError(f"none of {len(images)} images could be embedded: {rows.status[0] if len(rows) else ''}")
    shown = {"preprocessing": preprocessing(recipe.crop, recipe.embed.views)}
    about = asdict(read_training(layout.trained(model))) | shown
    table = EmbeddingTable.of(images, ok, rows.values["embedding"], about)
    table.write(layout.embeddings(model))
    vectors = {part: found.values["embedding"][ok[train]] for part, found in apart.items()}
    CrossFitted.of(images.image_id[ok & train], vectors, table.dim).write(layout.cross_fitted(model))


if __name__ == "__main__":
    run_stage(main)
