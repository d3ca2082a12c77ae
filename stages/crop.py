"""Stage `crop`: the training images cut to one model's input, which training reads again and again.

A model that stays as published has none; `embed` cuts as it reads. The images themselves are no dependency: the rows of
the catalogue that this reads hold their digests.
"""

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.pack import write_pack
from lookalike.faces.table import FaceTable
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.run.layout import Layout


def main(model: str) -> None:
    """Write data/crops/<model>.npy."""
    params, layout = load_params(), Layout()
    images = Catalog.read(layout.training)
    faces = FaceTable.read(layout.training_faces).require(images.image_id) if params.dataset.crop else None
    if params.models[model].train.recipe == "frozen":
        nothing = np.zeros(len(images), dtype=bool)
        images, faces = images.rows(nothing), None
    root = layout.images(params.run.dataset)
    write_pack(layout.crops(model), root, images, faces, params.models[model].crop)


if __name__ == "__main__":
    run_stage(main)
