"""Stage `crop`: every readable image cut to one model's input."""

from pathlib import Path

from lookalike.catalog.table import Catalog
from lookalike.faces.pack import write_pack
from lookalike.faces.table import FaceTable
from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params


def main(model: str) -> None:
    """Write data/crops/<model>.npy."""
    params = load_params()
    catalog = Catalog.read(Path("data/catalog.parquet"))
    faces = FaceTable.read(Path("data/faces.parquet")) if params.dataset.crop else None
    root = Path("data/raw") / params.run.dataset
    write_pack(Path(f"data/crops/{model}.npy"), root, catalog.rows(catalog.ok), faces, params.models[model].crop)


if __name__ == "__main__":
    run_stage(main)
