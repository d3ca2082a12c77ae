"""Image files to upright RGB pixels; what is not a whole image of an accepted format is refused."""

import io
import struct
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from lookalike.kit.errors import LookalikeError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
MAX_PIXELS = 64_000_000
MAX_BYTES = 256_000_000

_ORIENTATION_TAG = 0x0112
# LAB, 32-bit and float pixels stay out: their range is not known.
_MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "I;16", "I;16B")
# What Pillow and OpenCV let through on a damaged file.
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, MemoryError, cv2.error)
_CV2_RGB = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
# OpenCV has names for grey and for BGR alone; with the flag above, the grey one means RGB.
_CV2_SCALES = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    1: 0,
}


class UnreadableImage(LookalikeError):
    """A file that gives no pixels.

    Attributes:
        reason: short stable text, fit for a table: `empty file`, `no such file`, `cannot be opened`,
            `file too large`, `not an image`, `too many pixels`, `unsupported pixels`, `truncated`, `corrupt`.
    """

    def __init__(self, name: str, reason: str) -> None:
        wanted = f"a whole {'/'.join(FORMATS)} of at most {MAX_PIXELS:,} pixels"
        super().__init__(f"{name}: {reason}; expected {wanted}")
        self.reason = reason


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


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        UnreadableImage: the file is missing, may not be opened, or is larger than `MAX_BYTES`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableImage(str(path), "file too large")
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableImage(str(path), "no such file") from None
    except OSError as error:
        raise UnreadableImage(str(path), "cannot be opened") from error


def decode_bytes(data: bytes, name: str, scale: int = 1) -> np.ndarray:
    """Return the pixels of an encoded image, as `decode` does.

    Args:
        data: the file's bytes.
        name: what to call it in an error.
        scale: as for `decode`.
    """
    try:
        with _open(data, name) as image:
            pixels = _decode_jpeg(data, image, scale)
            if pixels is None:
                pixels = _decode_any(image)
            return np.ascontiguousarray(_upright(pixels, image))
    except UnreadableImage:
        raise
    except _DAMAGE as error:
        raise UnreadableImage(name, _reason(error)) from error


def scale_for(file: Path | IO[bytes], side: int) -> int:
    """Return the largest of 1, 2, 4 and 8 that leaves an image's longer side at least `side` pixels in `decode`.

    It is 1 for all but a plain JPEG, and for a file that cannot be opened: decoding it says why.
    """
    try:
        with Image.open(file, formats=("JPEG",)) as image:
            common = _is_common_jpeg(image)
            return next((scale for scale in _CV2_SCALES if common and max(image.size) >= scale * side), 1)
    except (*_DAMAGE, Image.DecompressionBombError):
        return 1


def is_animated(data: bytes) -> bool:
    """Tell whether an image that `decode_bytes` reads is an animation, of which it takes the first frame."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        # The second picture of an MPO or a TIFF is another view or page, not another moment.
        return image.format in ("GIF", "PNG", "WEBP") and bool(getattr(image, "is_animated", False))


def _open(data: bytes, name: str) -> Image.Image:
    """Read the header alone, so that an image bomb is refused before it costs memory."""
    if not data:
        raise UnreadableImage(name, "empty file")
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
    if image.mode.startswith("I;16"):
        gray = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(gray[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        colour = image.convert("RGBA")
        return np.array(Image.alpha_composite(Image.new("RGBA", colour.size, "white"), colour))[:, :, :3]
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _upright(pixels: np.ndarray, image: Image.Image) -> np.ndarray:
    """Undo the camera's orientation (EXIF 2.32, tag 0x0112)."""
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    except _DAMAGE:
        # Broken metadata says nothing of the pixels, which are whole.
        return pixels
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _reason(error: BaseException) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    return "truncated" if "truncated" in str(error).lower() else "corrupt"
