"""Whether an image that a decoder reads without complaint has lost part of its data: a broken download, a bad disk.

Found are: a PNG without its end or with a wrong checksum, a JPEG or a WebP without its end, and a WebP whose last bytes
were replaced by zeros. BMP and TIFF without compression hold nothing to check against: a zeroed tail is black pixels.
"""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from lookalike.kit.images.effort import jpeg_pixels_start

# A whole WebP ends in at most 10 zero bytes (40 drawings in six settings), unless it ends in one colour.
_MOST_ZEROS = 16
# One that ends in one colour, in at most an eighth of its data.
_MOST_ZEROS_PART = 0.25
# A macroblock of one colour takes up to 8.5 zero bytes (the quickest setting of libwebp).
_ZEROS_A_BLOCK = 16
_BLOCK = 16
# Levels between the darkest and the lightest pixel of an area that counts as one colour.
_ONE_COLOUR = 8


def is_partial(data: bytes) -> bool:
    """Tell whether part of an image is missing, though `images.decode_bytes` gives pixels for all of it."""
    if data.startswith(b"\x89PNG"):
        return _is_partial_png(data)
    if data.startswith(b"RIFF"):
        return _is_partial_webp(data)
    if data.startswith(b"\xff\xd8"):
        # Compressed pixels never hold the marker of the end.
        return not data.endswith(b"\xff\xd9") and data.find(b"\xff\xd9", jpeg_pixels_start(data)) < 0
    return False


def _is_partial_png(data: bytes) -> bool:
    """Check lengths and CRCs of the critical chunks (PNG, third edition, 5.3 and 5.4)."""
    place = 8
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 8 + length
        critical = not kind[0] & 0x20
        if critical and (end + 4 > len(data) or zlib.crc32(data[place + 4 : end]) != _number(data, end)):
            return True
        if kind == b"IEND":
            return False
        place = end + 4
    return True


def _number(data: bytes, place: int) -> int:
    value: int = struct.unpack_from(">I", data, place)[0]
    return value


def _is_partial_webp(data: bytes) -> bool:
    """Check the chunks (RFC 9649, 2.3) and the end of the pixels."""
    place, end = 12, 8 + struct.unpack_from("<I", data, 4)[0]
    while place + 8 <= end <= len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        if not kind.isascii() or not kind.strip().isalnum():
            return True
        place += 8
        if kind in (b"VP8 ", b"VP8L") and _ends_in_nothing(data, data[place : place + length]):
            return True
        place += length + (length & 1)
    return end > len(data) or place > end + 1


def _ends_in_nothing(data: bytes, pixels: bytes) -> bool:
    zeros = len(pixels) - len(pixels.rstrip(b"\0"))
    if zeros <= _MOST_ZEROS:
        return False
    return zeros > _MOST_ZEROS_PART * len(pixels) or not _ends_in_one_colour(data, zeros // _ZEROS_A_BLOCK)


def _ends_in_one_colour(data: bytes, blocks: int) -> bool:
    """Tell whether the last macroblocks, by rows, are of one colour: those are coded as zeros."""
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
        pixels = np.asarray(image.convert("RGB"))
    down, across = (-(-side // _BLOCK) for side in pixels.shape[:2])
    row, column = divmod(max(down * across - blocks, 0), across)
    below = pixels[(row + 1) * _BLOCK :].reshape(-1, 3)
    beside = pixels[row * _BLOCK : (row + 1) * _BLOCK, column * _BLOCK :].reshape(-1, 3)
    return bool((np.ptp(np.concatenate([below, beside]), axis=0) <= _ONE_COLOUR).all())
