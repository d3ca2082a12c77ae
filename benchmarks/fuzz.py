"""Damaged images through the whole of reading, by the guard, for as long as one likes.

python -m benchmarks.fuzz SECONDS [--seed 0] [--found FOLDER] [--from FOLDER]

Files are made here, or taken from a folder, and damaged at random. A file that crashes a decoder, takes too long or too
much memory, or makes reading raise anything but a reason is kept in `--found`. `tests/kit/test_fuzz.py` runs the same
damage, bounded, in hypothesis.
"""

import argparse
import hashlib
import itertools
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from benchmarks.bombs import encoded
from lookalike.kit.images.guard import Guard

KINDS = ("flip", "set", "insert", "remove", "repeat", "zero", "cut", "splice")
FATAL = ("crashes the decoder", "too slow", "too much memory")
BATCH = 64
PNG_MODES = ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")
TIFF_COMPRESSIONS = ("raw", "tiff_lzw", "packbits", "jpeg")


class Damage(NamedTuple):
    """One change of a file.

    Attributes:
        kind: one of `KINDS`.
        place: where, as a part of the file's length.
        length: how much, as a part of the rest.
        new: bytes to write; at least one.
    """

    kind: str
    place: float
    length: float
    new: bytes


def damaged(data: bytes, damages: Sequence[Damage], other: bytes) -> bytes:
    """Return a file after some changes; `splice` continues it with the end of another."""
    for damage in damages:
        data = _changed(data, damage, other)
    return data


def _changed(data: bytes, damage: Damage, other: bytes) -> bytes:
    start, new = int(damage.place * len(data)), damage.new
    end = start + max(int(damage.length * (len(data) - start)), 1)
    before, hit, rest = data[:start], data[start:end], data[start:]
    changed = {
        "flip": bytes(byte ^ new[0] for byte in rest[:1]) + rest[1:],
        "set": new + rest[len(new) :],
        "insert": new + rest,
        "remove": data[end:],
        "repeat": hit * min(len(new), 8) + rest,
        "zero": bytes(len(hit)) + data[end:],
        "cut": b"",
        "splice": other[int(damage.length * len(other)) :],
    }
    return before + changed[damage.kind]


def seeds() -> dict[str, bytes]:
    """Small sound files of every format, mode and kind of compression that is read."""
    picture = Image.effect_noise((24, 16), 80)
    colour = Image.merge("RGB", (picture, picture.rotate(90), picture.rotate(180)))
    exif = Image.Exif()
    exif[0x0112] = 6
    more = {"save_all": True, "append_images": [colour.rotate(180)]}
    return {
        "jpeg": encoded(colour, "JPEG", exif=exif),
        "jpeg progressive": encoded(colour, "JPEG", progressive=True),
        "jpeg gray": encoded(picture, "JPEG"),
        "jpeg cmyk": encoded(colour.convert("CMYK"), "JPEG"),
        "mpo": encoded(colour, "MPO", **more),
        **{
            f"png {mode}": encoded(colour.convert(mode), "PNG") for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")
        },
        "png animated": encoded(colour, "PNG", **more),
        "webp": encoded(colour, "WEBP", exif=exif),
        "webp lossless": encoded(colour.convert("RGBA"), "WEBP", lossless=True),
        "webp animated": encoded(colour, "WEBP", **more),
        "gif": encoded(colour, "GIF"),
        "gif animated": encoded(colour, "GIF", **more),
        "bmp": encoded(colour, "BMP"),
        "bmp palette": encoded(colour.quantize(16), "BMP"),
        **{
            f"tiff {name}": encoded(colour, "TIFF", compression=name)
            for name in ("raw", "tiff_lzw", "packbits", "jpeg")
        },
        "tiff deflate": encoded(colour, "TIFF", compression="tiff_adobe_deflate", exif=exif),
        "tiff fax": encoded(picture.convert("1"), "TIFF", compression="group4"),
        "tiff big": encoded(colour, "TIFF", big_tiff=True),
    }


def drawn(files: Sequence[bytes], rng: random.Random) -> Iterator[bytes]:
    """Yield damaged files without end."""
    while True:
        damages = [
            Damage(rng.choice(KINDS), rng.random(), rng.random() ** 4, rng.randbytes(rng.randint(1, 8)))
            for _ in range(rng.randint(1, 5))
        ]
        yield damaged(rng.choice(files), damages, rng.choice(files))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--found", type=Path, default=Path("fuzz"))
    parser.add_argument("--from", dest="source", type=Path, help="folder of files to damage")
    options = parser.parse_args()
    files = [path.read_bytes() for path in sorted(options.source.iterdir())] if options.source else [*seeds().values()]
    guard, end, statuses = Guard(), time.monotonic() + options.seconds, Counter[str]()
    source = drawn([data for data in files if data], random.Random(options.seed))
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, str(number)) for number in range(BATCH)]
        while time.monotonic() < end:
            for path, data in zip(paths, itertools.islice(source, BATCH), strict=True):
                path.write_bytes(data)
            for path, look in zip(paths, guard.look_all(paths), strict=True):
                statuses[look.status] += 1
                if look.status in FATAL:
                    keep(path.read_bytes(), look.status, options.found)
    guard.close()
    for status, count in statuses.most_common():
        print(f"{status:24} {count:9,}")


def keep(data: bytes, status: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    name = folder / f"{status.replace(' ', '-')}-{hashlib.sha256(data).hexdigest()[:16]}"
    name.write_bytes(data)
    print(f"{status}: {name}")


if __name__ == "__main__":
    main()
