"""How much work an encoded image makes for its decoder, counted in its outer structure before anything is decoded.

Pixels are bounded elsewhere; what is counted here costs time beside them. The limits lie far above what cameras and
image editors write, and the slowest file that passes takes some 2.5 seconds (`python -m benchmarks.bombs`).
"""

import re
import struct
from collections.abc import Callable

# Progressive JPEG: every scan goes over all pixels again, whatever its own length. Encoders write 10 or so.
MAX_SCANS = 100
MAX_SCANNED_PIXELS = 2_000_000_000
# JPEG before its pixels: Pillow goes through it byte by byte, and joins the parts of EXIF anew for each.
MAX_SEGMENTS = 1000
MAX_HEADER_BYTES = 16_000_000
# PNG: Pillow reads chunk by chunk, and unpacks compressed text and profiles of up to 1 MB each.
MAX_CHUNKS = 100_000
MAX_PACKED_CHUNKS = 100
# GIF: blocks of 255 bytes at most, read one by one.
MAX_BLOCKS = 1_000_000
# Bytes between the parts of a file that belong to none of them.
MAX_GARBAGE = 100_000
# TIFF: a strip or tile is some 5 microseconds of Python each.
MAX_STRIPS = 100_000
# BMP in run lengths is decoded in Python, run by run.
MAX_RUN_BYTES = 4_000_000

_SOI, _SOS, _EOI, _TEM = 0xD8, 0xDA, 0xD9, 0x01
_RST = range(0xD0, 0xD8)
_SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_MARKER = re.compile(rb"\xff([^\x00\xff])")
_MARKER_AMONG_PIXELS = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
_STRIP_TAGS = {273, 279, 324, 325}


def is_too_complex(data: bytes) -> bool:
    """Tell whether decoding a file would take longer than its number of pixels explains.

    What cannot be followed to its end passes: the decoder says what is wrong with it.
    """
    try:
        return next((count(data) for magic, count in _COUNTS.items() if data.startswith(magic)), False)
    except (IndexError, struct.error):
        # The file ends before its structure does: what there is of it has been counted.
        return False


def jpeg_pixels_start(data: bytes) -> int:
    """Return where the first scan of a JPEG begins, or -1 if there is none within the limits."""
    return _jpeg_header(data)[0]


def _is_complex_jpeg(data: bytes) -> bool:
    if len(data) < MAX_GARBAGE and data.count(b"\xff\xda") <= 1:
        return False
    start, pixels = _jpeg_header(data)
    if start < 0:
        return True
    # Counts too many rather than too few, in no time; few photographs need the exact number.
    if data.count(b"\xff\xda", start) <= 1:
        return False
    scans = _count_scans(data, start)
    return scans > MAX_SCANS or scans * pixels > MAX_SCANNED_PIXELS


def _jpeg_header(data: bytes) -> tuple[int, int]:
    """Return where the first scan begins and how many pixels the image has; (-1, 0) past a limit."""
    place, pixels, garbage = 2, 0, 0
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, place, place + MAX_GARBAGE)
        if found is None:
            return (len(data), pixels) if len(data) - place <= MAX_GARBAGE else (-1, 0)
        garbage += found.end() - place - 2
        if garbage > MAX_GARBAGE or found.end() > MAX_HEADER_BYTES:
            return -1, 0
        marker, place = found[1][0], found.end()
        if marker == _SOS:
            return place - 2, pixels
        if marker in _RST or marker in (_SOI, _EOI, _TEM):
            continue
        if marker in _SOF:
            height, width = struct.unpack_from(">HH", data, place + 3)
            pixels = max(pixels, height * width)
        place += struct.unpack_from(">H", data, place)[0]
    return -1, 0


def _count_scans(data: bytes, place: int) -> int:
    """Count the scans up to the end of the image: another image, or a film, may follow in the same file."""
    scans = 0
    for _ in range(MAX_SEGMENTS):
        found = _MARKER_AMONG_PIXELS.search(data, place)
        if found is None or found[1][0] == _EOI or scans > MAX_SCANS:
            return scans
        scans += found[1][0] == _SOS
        place = found.end() + struct.unpack_from(">H", data, found.end())[0]
    return MAX_SCANS + 1


def _is_complex_png(data: bytes) -> bool:
    place, packed = 8, 0
    for _ in range(MAX_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, place)
        packed += kind in (b"iCCP", b"zTXt", b"iTXt")
        if kind == b"IEND" or packed > MAX_PACKED_CHUNKS:
            return packed > MAX_PACKED_CHUNKS
        place += 12 + length
    return True


def _is_complex_gif(data: bytes) -> bool:
    place, blocks, images, garbage = 13 + _palette(data[10]), 0, 0, 0
    while images < 2 and blocks <= MAX_BLOCKS and garbage <= MAX_GARBAGE:
        kind, place = data[place], place + 1
        if kind == 0x3B:
            return False
        if kind == 0x2C:
            images, place = images + 1, place + 10 + _palette(data[place + 8])
        elif kind == 0x21:
            place += 1
        else:
            garbage += 1
            continue
        blocks += 1
        while (length := data[place]) and blocks <= MAX_BLOCKS:
            place, blocks = place + 1 + length, blocks + 1
        place += 1
    return images < 2


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _is_complex_tiff(data: bytes) -> bool:
    order = "<" if data.startswith(b"I") else ">"
    big = struct.unpack_from(f"{order}H", data, 2)[0] == 43
    (place,) = struct.unpack_from(f"{order}Q" if big else f"{order}I", data, 8 if big else 4)
    (entries,) = struct.unpack_from(f"{order}Q" if big else f"{order}H", data, place)
    entry, step, place = (f"{order}HHQ", 20, place + 8) if big else (f"{order}HHI", 12, place + 2)
    for index in range(min(entries, MAX_STRIPS)):
        tag, _, count = struct.unpack_from(entry, data, place + index * step)
        if tag in _STRIP_TAGS and count > MAX_STRIPS:
            return True
    return entries > MAX_STRIPS


def _is_complex_bmp(data: bytes) -> bool:
    start, header = struct.unpack_from("<II", data, 10)
    compression = struct.unpack_from("<I", data, 30)[0] if header >= 40 else 0
    return compression in (1, 2) and len(data) - start > MAX_RUN_BYTES


_COUNTS: dict[bytes, Callable[[bytes], bool]] = {
    b"\xff\xd8": _is_complex_jpeg,
    b"\x89PNG\r\n\x1a\n": _is_complex_png,
    b"GIF8": _is_complex_gif,
    b"II": _is_complex_tiff,
    b"MM": _is_complex_tiff,
    b"BM": _is_complex_bmp,
}
