"""Stage `crop`: every readable image cut to one model's input."""

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
    faces = FaceTable.read(layout.faces) if params.dataset.crop else None
    root = layout.images(params.run.dataset)
    write_pack(layout.crops(model), root, catalog.rows(catalog.ok), faces, params.models[model].crop)


if __name__ == "__main__":
    run_stage(main)
