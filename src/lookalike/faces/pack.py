"""All chips of one model in one file: a memory-mapped array with a row for every readable image."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.cut import cut
from lookalike.faces.pixels import Reader, file_reader
from lookalike.faces.table import FaceTable
from lookalike.kit.arrays import written_array
from lookalike.kit.progress import track
from lookalike.kit.workers import worker_count
from lookalike.params.crop import CropOptions


def write_pack(path: Path, root: Path, images: Catalog, faces: FaceTable | None, crop: CropOptions) -> None:
    """Cut every image and write the chips, atomically.

    Args:
        path: the .npy file to write: (n, size, size, 3) uint8 RGB, rows in the catalogue's order.
        root: folder of the dataset.
        images: catalogue rows with status ok.
        faces: a face for every row; None shows the whole image, whatever the template.
        crop: what to cut.
    """
    with written_array(path, np.uint8, (len(images), crop.size, crop.size, 3)) as chips:
        cut_all(file_reader(root), images, faces, crop, chips)


def cut_all(read: Reader, images: Catalog, faces: FaceTable | None, crop: CropOptions, chips: np.ndarray) -> None:
    """Cut every image into a row of `chips` (n, size, size, 3) uint8, in threads.

    Args:
        read: gives the pixels of an image.
        images: n catalogue rows with status ok.
        faces: as for `write_pack`.
        crop: as for `write_pack`.
        chips: overwritten.
    """
    if faces is not None:
        faces.require(images.image_id)

    def fill(row: int) -> None:
        face = None if faces is None else faces.face(row)
        chips[row] = cut(read(images.image_id[row]), face, crop)

    # Decoding and warping release the GIL; every worker writes rows of its own.
    with ThreadPoolExecutor(worker_count()) as pool:
        for _ in track(pool.map(fill, range(len(images))), "cutting images", len(images)):
            pass
