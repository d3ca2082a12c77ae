"""Files that make decoders slow or large, made here: `python -m benchmarks.bombs` prints what each costs the guard."""

import io
import resource
import struct
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from lookalike.kit.images.guard import Guard

SIDE = 8000


def encoded(image: Image.Image, encoding: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, encoding, **options)
    return stream.getvalue()


def png(body: bytes, after: bytes = b"") -> bytes:
    """A white pixel with other chunks before and after it."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    pixel = chunk(b"IDAT", zlib.compress(b"\0\xff\xff\xff"))
    return b"\x89PNG\r\n\x1a\n" + header + body + pixel + after + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def jpeg(segments: bytes) -> bytes:
    """A small grey square with other segments before it."""
    small = encoded(Image.new("RGB", (8, 8), "gray"), "JPEG")
    return small[:2] + segments + small[2:]


def scans(side: int, count: int) -> bytes:
    """A progressive JPEG whose last refinement is repeated: `count` scans, each over all of its pixels."""
    whole = encoded(Image.new("RGB", (side, side), "gray"), "JPEG", progressive=True, quality=10)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * (count - whole.count(b"\xff\xda")) + b"\xff\xd9"


def gif(blocks: bytes) -> bytes:
    """Two frames with other blocks before the first."""
    frames = [Image.new("P", (4, 4), shade) for shade in (0, 1)]
    whole = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    start = 13 + (3 << (whole[10] & 7) + 1)
    return whole[:start] + blocks + whole[start:]


def tiff(height: int) -> bytes:
    """One pixel wide, in as many strips as it is high."""
    offsets, counts = struct.pack("<I", 8) * height, struct.pack("<I", 1) * height
    tags = [(256, 1, 1), (257, 1, height), (258, 1, 8), (259, 1, 1), (262, 1, 1)]
    values = 8 + 2 + 12 * 9 + 4
    tags += [(273, height, values), (277, 1, 1), (278, 1, 1), (279, height, values + len(offsets))]
    entries = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0) + offsets + counts


def bmp(runs: bytes) -> bytes:
    """An image in run lengths."""
    start = 54 + 1024
    header = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + header + bytes(1024) + runs


# Each took between 2.5 seconds and several minutes before its structure was counted.
REFUSED: dict[str, Callable[[], bytes]] = {
    "jpeg, 3,000 scans": lambda: scans(SIDE, 3000),
    "jpeg, 101 scans": lambda: scans(64, 101),
    "jpeg, 5 M empty segments": lambda: jpeg(b"\xff\xe4\0\2" * 5_000_000),
    "jpeg, 1 M parts of EXIF": lambda: jpeg(b"\xff\xe1\0\x0eExif\0\0MM\0*\0\0" * 1_000_000),
    "jpeg, 1,000 parts of EXIF of 64 kB": lambda: jpeg((b"\xff\xe1\xff\xf0Exif\0\0" + bytes(65_512)) * 1000),
    "jpeg, 20 MB of filling": lambda: jpeg(b"\xff" * 20_000_000),
    "png, 1 M chunks": lambda: png(chunk(b"prVt", b"") * 1_000_000),
    "png, 1 M chunks after the pixels": lambda: png(b"", chunk(b"prVt", b"") * 1_000_000),
    "png, 2,000 profiles of 900 kB": lambda: png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(900_000), 9)) * 2000),
    "gif, 4 M comments": lambda: gif(b"!\xfe\1a\0" * 4_000_000),
    "gif, 40 MB of nothing": lambda: gif(bytes(40_000_000)),
    "tiff, 2 M strips": lambda: tiff(2_000_000),
    "bmp, 10 M runs": lambda: bmp(b"\1\5" * 10_000_000 + b"\0\1"),
}

# As slow and as large as what passes can be.
ACCEPTED: dict[str, Callable[[], bytes]] = {
    "jpeg, 64 MP, 31 scans": lambda: scans(SIDE, 31),
    "jpeg, 20 MP, 100 scans": lambda: scans(4470, 100),
    "jpeg, 64 MP, CMYK, progressive": lambda: encoded(Image.new("CMYK", (SIDE, SIDE)), "JPEG", progressive=True),
    "png, 64 MP, transparent": lambda: encoded(Image.new("RGBA", (SIDE, SIDE)), "PNG"),
    "webp, 64 MP, lossless, transparent": lambda: encoded(
        Image.new("RGBA", (SIDE, SIDE)), "WEBP", lossless=True, method=0
    ),
    "tiff, 64 MP, deflate": lambda: encoded(Image.new("RGB", (SIDE, SIDE)), "TIFF", compression="tiff_adobe_deflate"),
    "tiff, 100,000 strips": lambda: tiff(100_000),
    "bmp, 2 M runs": lambda: bmp(b"\1\5" * 1_990_000 + b"\0\1"),
    "gif, 200,000 comments": lambda: gif(b"!\xfe\1a\0" * 200_000),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (REFUSED | ACCEPTED).items():
            path = Path(folder, "bomb")
            path.write_bytes(make())
            guard, before = Guard(), _spent()
            start = time.monotonic()
            look = guard.look(path)
            wall = time.monotonic() - start
            guard.close()
            print(f"{name:38} {path.stat().st_size / 1e6:7.1f} MB {_spent() - before:6.1f} s CPU {wall:6.1f} s {look}")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"largest process: {peak / 1e6:.2f} GB")


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
