"""The packed crops of the images that a model learns from."""

from pathlib import Path

import numpy as np

from lookalike.kit.arrays import read_array
from lookalike.kit.errors import LookalikeError


def read_crops(path: Path, n: int, size: int) -> np.ndarray:
    """Return (n, size, size, 3) uint8, mapped from disk; row i belongs to the i-th readable training image of the
    catalogue.

    Raises:
        LookalikeError: the file is missing, damaged, or not of so many images of this size.
    """
    try:
        crops = read_array(path)
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; run `dvc repro` to cut the crops") from None
    expected = (n, size, size, 3)
    if crops.shape != expected or crops.dtype != np.uint8:
        raise LookalikeError(f"{path}: holds {crops.dtype}{crops.shape}, expected uint8{expected}; run `dvc repro`")
    return np.asarray(crops)
