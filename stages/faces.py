"""Stage `faces`: where the face of every readable image is."""

from pathlib import Path

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.find import find_faces
from lookalike.faces.pixels import file_reader
from lookalike.faces.summary import summarise
from lookalike.kit.entry import run_stage
from lookalike.kit.files import write_json
from lookalike.params.load import load_params


def main() -> None:
    """Write data/faces.parquet and metrics/faces.json; no rows for a dataset that is not cropped."""
    params = load_params()
    catalog = Catalog.read(Path("data/catalog.parquet"))
    images = catalog.rows(catalog.ok if params.dataset.crop else np.zeros(len(catalog), dtype=bool))
    faces = find_faces(file_reader(Path("data/raw") / params.run.dataset), images, params.faces)
    faces.write(Path("data/faces.parquet"))
    write_json(Path("metrics/faces.json"), summarise(images, faces))


if __name__ == "__main__":
    run_stage(main)
