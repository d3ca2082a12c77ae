"""Image files to upright RGB pixels; what is not a whole image of an accepted format is refused.

What comes from a stranger is decoded in a process of its own first (`kit.images.guard`). What that process has read,
within its limits of time and memory, is then decoded here as often as needed: the same bytes cost the same again.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from PIL import Image

from lookalike.kit.images.effort import is_too_complex
from lookalike.kit.images.noise import libraries_silenced
from lookalike.kit.images.unreadable import FORMATS as FORMATS
from lookalike.kit.images.unreadable import MAX_PIXELS as MAX_PIXELS
from lookalike.kit.images.unreadable import UnreadableImage as UnreadableImage
from lookalike.kit.images.unreadable import read_bytes as read_bytes
from lookalike.kit.images.unreadable import told

_ANIMATIONS = (b"GIF8", b"\x89PNG", b"RIFF")

_ORIENTATION_TAG = 0x0112
# LAB, 32-bit and float pixels stay out: their range is not known.
_MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "I;16", "I;16B")
_CV2_RGB = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
# OpenCV has names for grey and for BGR alone; with the flag above, the grey one means RGB.
_CV2_SCALES = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    1: 0,
}
# Pixels that are turned into RGB at a time: all at once, a large image with transparency takes over a gigabyte.
_BAND = 4_000_000
# Images beyond this many pixels take hundreds of megabytes while they are decoded.
LARGE = 16_000_000

# Held while a large image is decoded, so that one is at a time; the guard's processes share another in its place.
one_large_image: AbstractContextManager[object] = threading.Lock()


def decode(path: Path, scale: int = 1) -> np.ndarray:
    """Return the pixels of an image file, upright.

    EXIF orientation is applied; alpha and palette transparency are laid over white; CMYK, grey, 16-bit and
    1-bit pixels become 8-bit RGB; of an animation the first frame is taken. Colour profiles are left alone,
    as they were when the encoders were trained.

    Args:
        path: the file.
        scale: pixels of the file for one that is returned, a side: 1, or what `scale_for` says. Sides are rounded up.

    Returns:
        (height, width, 3) uint8 RGB, contiguous.

    Raises:
        UnreadableImage: the file is missing, damaged, of another format or too large.
    """
    return decode_bytes(read_bytes(path), str(path), scale)


def decode_bytes(data: bytes, name: str, scale: int = 1) -> np.ndarray:
    """Return the pixels of an encoded image, as `decode` does.

    Args:
        data: the file's bytes.
        name: what to call it in an error.
        scale: as for `decode`.
    """
    with told(name), _open(data, name) as image, _alone_if_large(image), libraries_silenced():
        pixels = _decode_jpeg(data, image, scale)
        if pixels is None:
            pixels = _decode_any(image)
        return np.ascontiguousarray(_upright(pixels, image))


def scale_for(file: Path | IO[bytes], side: int) -> int:
    """Return the largest of 1, 2, 4 and 8 that leaves an image's longer side at least `side` pixels in `decode`.

    It is 1 for all but a plain JPEG, and for a file that cannot be opened: decoding it says why.
    """
    if isinstance(file, Path) and not file.is_file():
        return 1  # a pipe would wait for its other end
    try:
        with told("header"), Image.open(file, formats=("JPEG",)) as image:
            common = _is_common_jpeg(image)
            return next((scale for scale in _CV2_SCALES if common and max(image.size) >= scale * side), 1)
    except UnreadableImage:
        return 1


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return the width and height that `decode_bytes` gives a plain JPEG, from its header; None for other images."""
    try:
        with told("header"), Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            height, width, _ = _upright(np.empty((image.height, image.width, 0), np.uint8), image).shape
            return (width, height) if _is_common_jpeg(image) else None
    except UnreadableImage:
        return None


def is_animated(data: bytes, name: str = "the image") -> bool:
    """Tell whether an image that `decode_bytes` reads is an animation, of which it takes the first frame.

    Raises:
        UnreadableImage: what follows the first frame is damaged.
    """
    # The second picture of an MPO or a TIFF is another view or page, not another moment.
    if not data.startswith(_ANIMATIONS):
        return False
    with told(name), _open(data, name) as image:
        return bool(getattr(image, "is_animated", False))


@contextmanager
def _alone_if_large(image: Image.Image) -> Iterator[None]:
    if image.width * image.height <= LARGE:
        yield
    else:
        with one_large_image:
            yield


def _open(data: bytes, name: str) -> Image.Image:
    """Read the header alone, so that an image bomb is refused before it costs memory."""
    if not data:
        raise UnreadableImage(name, "empty file")
    if is_too_complex(data):
        raise UnreadableImage(name, "too complex")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise UnreadableImage(name, "too many pixels") from None
    if image.width * image.height > MAX_PIXELS:
        raise UnreadableImage(name, "too many pixels")
    if image.mode not in _MODES:
        raise UnreadableImage(name, "unsupported pixels")
    return image


def _decode_jpeg(data: bytes, image: Image.Image, scale: int) -> np.ndarray | None:
    """Decode the common JPEG through OpenCV: Pillow's pixels in less time (benchmarks/decode.py).

    At another scale libjpeg leaves out the high frequencies of each block, which costs a quarter of all its pixels.

    Returns:
        (height, width, 3) uint8, or None where the file is of another kind or cut short: Pillow then decides.
    """
    if not _is_common_jpeg(image):
        return None
    return cv2.imdecode(np.frombuffer(data, np.uint8), _CV2_RGB | _CV2_SCALES[scale])


def _is_common_jpeg(image: Image.Image) -> bool:
    return image.format == "JPEG" and image.mode in ("RGB", "L")


def _decode_any(image: Image.Image) -> np.ndarray:
    image.load()
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    rows = max(_BAND // image.width, 1)
    for top in range(0, image.height, rows):
        end = min(top + rows, image.height)
        pixels[top:end] = _rgb(image.crop((0, top, image.width, end)))
    return pixels


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I;16"):
        gray = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(gray[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        colour = image.convert("RGBA")
        return np.asarray(Image.alpha_composite(Image.new("RGBA", colour.size, "white"), colour))[:, :, :3]
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _upright(pixels: np.ndarray, image: Image.Image) -> np.ndarray:
    """Undo the camera's orientation (EXIF 2.32, tag 0x0112)."""
    try:
        with told("EXIF"):
            orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    except UnreadableImage:
        # Broken metadata says nothing of the pixels, which are whole.
        return pixels
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
