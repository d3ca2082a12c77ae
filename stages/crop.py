"""Stage `crop`: the training images cut to one model's input, which training reads again and again.

A model that stays as published has none; `embed` cuts as it reads.
"""

from lookalike.catalog.table import Catalog
from lookalike.faces.pack import write_pack
from lookalike.faces.table import FaceTable
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.run.layout import Layout


def main(model: str) -> None:
    """Write data/crops/<model>.npy."""
    params, layout = load_params(), Layout()
    catalog = Catalog.read(layout.catalog)
    images = catalog.rows(catalog.ok)
    learns = params.models[model].train.recipe != "frozen"
    picked = (images.split == "train") & learns
    faces = (
        FaceTable.read(layout.faces).require(images.image_id).rows(picked) if params.dataset.crop and learns else None
    )
    root = layout.images(params.run.dataset)
    write_pack(layout.crops(model), root, images.rows(picked), faces, params.models[model].crop)


if __name__ == "__main__":
    run_stage(main)
