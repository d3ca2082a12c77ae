"""The packed crops of a dataset, beside the catalogue rows they belong to."""

from pathlib import Path

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.kit.arrays import read_array
from lookalike.kit.errors import LookalikeError


def read_crops(path: Path, catalog: Catalog, size: int) -> np.ndarray:
    """Return (n, size, size, 3) uint8, mapped from disk; row i belongs to the i-th readable image of the catalogue.

    Raises:
        LookalikeError: the file is missing, damaged, or not of this catalogue and size.
    """
    try:
        crops = read_array(path)
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; run `dvc repro` to cut the crops") from None
    expected = (int(catalog.ok.sum()), size, size, 3)
    if crops.shape != expected or crops.dtype != np.uint8:
        raise LookalikeError(f"{path}: holds {crops.dtype}{crops.shape}, expected uint8{expected}; run `dvc repro`")
    return np.asarray(crops)
