"""An image is cut to the square chip that a backbone is shown."""

import cv2
import numpy as np
from PIL import Image

from lookalike.faces.similarity_transform import similarity_transform
from lookalike.faces.table import Face
from lookalike.faces.templates import LANDMARKS, template_points
from lookalike.params.crop import WHOLE, CropOptions

# Bilinear sampling at half the resolution skips no pixel; averaging further down first blurs what encoders need.
_SHARPNESS = 2.0
# Sides of an image that is resized in one piece.
_LONGEST = 16
_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def cut(pixels: np.ndarray, face: Face | None, crop: CropOptions) -> np.ndarray:
    """Return the chip (size, size, 3) uint8 of an image.

    Args:
        pixels: (height, width, 3) uint8 RGB of the upright image.
        face: its face; None shows the whole image, whatever the template.
        crop: what to cut.
    """
    crop = crop.as_whole() if face is None else crop
    if face is not None and crop.template not in WHOLE:
        return warp(pixels, chip_matrix(crop, face.box, face.landmarks), crop.size)
    if crop.resampling != "area":
        return resized(pixels, crop)
    return warp(pixels, whole_matrix(crop, pixels.shape[1], pixels.shape[0]), crop.size)


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
    """Return the (2, 3) matrix that cuts the central square out of an image, or makes a square of all of it.

    At margin 0 its side is the image's shorter one; -1/16 is the usual "resize to 256, cut 224 from the middle".
    """
    side = np.array([width, height])
    return _frame_matrix(side / 2, side if crop.template == "squash" else np.repeat(side.min(), 2), crop)


def resized(image: np.ndarray, crop: CropOptions) -> np.ndarray:
    """Resize an image and cut the middle out of it, bit for bit as torchvision's `Resize` and `CenterCrop` do.

    Pillow's filters grow with the image (Pillow, src/libImaging/Resample.c), so that nothing aliases.

    Args:
        image: (height, width, 3) uint8.
        crop: whole: the shorter side becomes `size / (1 + 2 * margin)` pixels; squash: both sides do.

    Returns:
        (size, size, 3) uint8.
    """
    side = round(crop.size / (1 + 2 * crop.margin))
    if crop.template == "squash":
        new = (side, side)
    else:
        image = _middle(image)
        new = (side * image.shape[1] // min(image.shape[:2]), side * image.shape[0] // min(image.shape[:2]))
    left, top = (round((length - crop.size) / 2) for length in new)
    small = Image.fromarray(image).resize(new, _FILTERS[crop.resampling])
    return np.asarray(small.crop((left, top, left + crop.size, top + crop.size)))


def _middle(image: np.ndarray) -> np.ndarray:
    """Cut off ends that are not shown, where an image is so long that to resize them would take much memory."""
    most = _LONGEST * min(image.shape[:2])
    rows, columns = (slice(max(0, (length - most) // 2), (length + most) // 2) for length in image.shape[:2])
    return image[rows, columns]


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
