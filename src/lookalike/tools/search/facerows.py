"""Rows of face tables: picked, renamed, put together."""

from dataclasses import fields, replace

import numpy as np

from lookalike.faces.table import FaceTable


def rows_of(faces: FaceTable, index: np.ndarray, image_id: np.ndarray | None = None) -> FaceTable:
    """Return the rows that a boolean mask or an integer index picks, under other ids where these are given."""
    picked = FaceTable(**{field.name: getattr(faces, field.name)[index] for field in fields(faces)})
    return picked if image_id is None else replace(picked, image_id=image_id)


def joined(first: FaceTable, second: FaceTable) -> FaceTable:
    """Return the rows of both tables, sorted by image id."""
    columns = {
        field.name: np.concatenate([getattr(first, field.name), getattr(second, field.name)])
        for field in fields(FaceTable)
    }
    return rows_of(FaceTable(**columns), np.argsort(columns["image_id"], kind="stable"))
