"""Stage `faces`: where the face of every readable image is."""

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.engine.engine import Images
from lookalike.engine.executors.base import chosen
from lookalike.engine.faces import face_table, find_known
from lookalike.faces.summary import summarise
from lookalike.kit.entry import run_stage
from lookalike.kit.files import write_json
from lookalike.params.load import load_params
from lookalike.run.layout import Layout


def main() -> None:
    """Write data/faces.parquet and metrics/faces.json; no rows for a dataset that is not cropped.

    What training reads is written apart, so that one photograph more in the test set trains no model again.
    """
    params, layout = load_params(), Layout()
    catalog = Catalog.read(layout.catalog)
    images = catalog.rows(catalog.ok if params.dataset.crop else np.zeros(len(catalog), dtype=bool))
    where = Images(layout.images(params.run.dataset), images.image_id, images.sha256)
    rows = find_known(layout.store, where, params.faces, chosen())
    faces = face_table(images.image_id, rows, images.size)
    faces.write(layout.faces)
    readable = catalog.rows(catalog.ok)
    readable.rows(readable.split == "train").write(layout.training)
    faces.rows(images.split == "train").write(layout.training_faces)
    write_json(layout.face_counts, summarise(images, faces, int((~rows.ok).sum())))


if __name__ == "__main__":
    run_stage(main)
