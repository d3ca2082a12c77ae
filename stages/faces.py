"""Stage `faces`: where the face of every readable image is."""

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.detectors import load_detectors
from lookalike.faces.find import find_faces
from lookalike.faces.pixels import file_reader
from lookalike.faces.summary import summarise
from lookalike.kit.durations import clocks, note_work, since
from lookalike.kit.entry import run_stage
from lookalike.kit.files import write_json
from lookalike.params.load import load_params
from lookalike.run.layout import Layout


def main() -> None:
    """Write data/faces.parquet and metrics/faces.json; no rows for a dataset that is not cropped."""
    params, layout = load_params(), Layout()
    catalog = Catalog.read(layout.catalog)
    images = catalog.rows(catalog.ok if params.dataset.crop else np.zeros(len(catalog), dtype=bool))
    load_detectors(params.faces)  # once; what is measured is finding
    start = clocks()
    faces = find_faces(file_reader(layout.images(params.run.dataset)), images, params.faces)
    note_work("faces", len(images), *since(start))
    faces.write(layout.faces)
    write_json(layout.face_counts, summarise(images, faces))


if __name__ == "__main__":
    run_stage(main)
