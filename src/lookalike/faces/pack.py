"""All chips of one model in one file: a memory-mapped array with a row for every readable image."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.align import chip_matrix, cut, whole_matrix
from lookalike.faces.pixels import read_pixels
from lookalike.faces.table import FaceTable
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import atomic_path
from lookalike.kit.progress import track
from lookalike.kit.workers import worker_count
from lookalike.params.crop import CropOptions

Matrix = Callable[[int], np.ndarray]


def write_pack(path: Path, root: Path, images: Catalog, faces: FaceTable | None, crop: CropOptions) -> None:
    """Cut every image and write the chips, atomically.

    Args:
        path: the .npy file to write: (n, size, size, 3) uint8 RGB, rows in the catalogue's order.
        root: folder of the dataset.
        images: catalogue rows with status ok.
        faces: a face for every row; None shows the whole image, whatever the template.
        crop: what to cut.
    """
    crop = crop.as_whole() if faces is None else crop
    matrix = _whole(images, crop) if faces is None or crop.template == "whole" else _face(images, faces, crop)
    with atomic_path(path) as temporary:
        shape = (len(images), crop.size, crop.size, 3)
        chips = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)

        def fill(row: int) -> None:
            chips[row] = cut(read_pixels(root, images.image_id[row]), matrix(row), crop.size)

        # Decoding and warping release the GIL; every worker writes rows of its own.
        with ThreadPoolExecutor(worker_count()) as pool:
            for _ in track(pool.map(fill, range(len(images))), "cutting images", len(images)):
                pass
        chips.flush()


def _whole(images: Catalog, crop: CropOptions) -> Matrix:
    return lambda row: whole_matrix(crop, int(images.width[row]), int(images.height[row]))


def _face(images: Catalog, faces: FaceTable, crop: CropOptions) -> Matrix:
    if list(faces.image_id) != list(images.image_id):
        raise LookalikeError("the face table is of another catalogue than the crops; run `dvc repro faces`")
    return lambda row: chip_matrix(crop, faces.box[row], faces.landmarks[row])
