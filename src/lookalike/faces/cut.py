"""An image is cut to the square chip that a backbone is shown."""

import cv2
import numpy as np

from lookalike.faces.similarity_transform import similarity_transform
from lookalike.faces.table import Face
from lookalike.faces.templates import LANDMARKS, template_points
from lookalike.params.crop import CropOptions

# Bilinear sampling at half the resolution skips no pixel; averaging further down first blurs what encoders need.
_SHARPNESS = 2.0


def cut(pixels: np.ndarray, face: Face | None, crop: CropOptions) -> np.ndarray:
    """Return the chip (size, size, 3) uint8 of an image.

    Args:
        pixels: (height, width, 3) uint8 RGB of the upright image.
        face: its face; None shows the whole image, whatever the template.
        crop: what to cut.
    """
    crop = crop.as_whole() if face is None else crop
    if face is None or crop.template == "whole":
        matrix = whole_matrix(crop, pixels.shape[1], pixels.shape[0])
    else:
        matrix = chip_matrix(crop, face.box, face.landmarks)
    return warp(pixels, matrix, crop.size)


def chip_matrix(crop: CropOptions, box: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Return the (2, 3) matrix from pixels of the image to pixels of the chip.

    Args:
        crop: a template of a face; `whole` has none (see `whole_matrix`).
        box: (4,) x1, y1, x2, y2 of the face.
        landmarks: (5, 2) points of the face.
    """
    if crop.template in LANDMARKS:
        return similarity_transform(landmarks, template_points(crop.template, crop.size, crop.margin))
    side = box[2:] - box[:2]
    if crop.template == "margin":
        side = np.repeat(side.max(), 2)
    return _frame_matrix((box[:2] + box[2:]) / 2, side, crop)


def whole_matrix(crop: CropOptions, width: int, height: int) -> np.ndarray:
    """Return the (2, 3) matrix that cuts the central square out of an image.

    At margin 0 its side is the image's shorter one; -1/16 is the usual "resize to 256, cut 224 from the middle".
    """
    return _frame_matrix(np.array([width, height]) / 2, np.repeat(min(width, height), 2), crop)


def warp(image: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Warp an image to a chip; what lies outside the image is black, as in the encoders' training.

    An image of far more pixels than the chip shows is first averaged down (INTER_AREA), so that nothing aliases.

    Args:
        image: (height, width, 3) uint8.
        matrix: (2, 3) from pixels of the image to pixels of the chip, pixel centres at whole numbers.
        size: side of the chip.

    Returns:
        (size, size, 3) uint8.
    """
    shrunk, matrix = _shrink(image, matrix)
    return cv2.warpAffine(shrunk, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=0)


def _frame_matrix(centre: np.ndarray, side: np.ndarray, crop: CropOptions) -> np.ndarray:
    """Map an upright frame, widened by the margin, to the chip. Frames are measured along pixel edges."""
    scale = crop.size / (side * (1 + 2 * crop.margin))
    # Pixel i covers i..i+1 along the edges: chip centre = crop.size / 2, hence the two halves.
    shift = crop.size / 2 - 0.5 - scale * (centre - 0.5)
    return np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]])


def _shrink(image: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average the image down to `_SHARPNESS` pixels for one of the chip, and return what is left of the matrix."""
    height, width = image.shape[:2]
    scale = np.minimum(_SHARPNESS * np.linalg.norm(matrix[:, :2], axis=0), 1)
    target = np.maximum(np.rint(scale * (width, height)), 1).astype(int)
    if (target == (width, height)).all():
        return image, matrix
    factor = (width, height) / target
    small = cv2.resize(image, (int(target[0]), int(target[1])), interpolation=cv2.INTER_AREA)
    # A pixel centre x of the small image lies at (x + 0.5) · factor - 0.5 of the large one.
    linear = matrix[:, :2] * factor
    shift = matrix[:, :2] @ (factor / 2 - 0.5) + matrix[:, 2]
    return small, np.concatenate([linear, shift[:, None]], axis=1)
