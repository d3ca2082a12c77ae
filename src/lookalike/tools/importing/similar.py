"""Pictures that are nearly the same though they stand in different splits, or under different labels."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import faiss
import imagehash
import numpy as np
from PIL import Image

from lookalike.faces.pixels import read_pixels
from lookalike.kit.progress import track
from lookalike.tools.importing.sources import Picture

# Bits a side: 256 in all. With the usual 64, portraits before one wall share a hash.
SIDE = 16
# Of 256 bits. Copies that were scaled, saved again or cropped by 2 % a side differ by at most 42. Of the pairs among
# 700 pictures of the caricature dataset two are nearer than this, each of one person; the median is 124.
NEAR = 48
# Pixels that a picture is decoded to at least, where its format allows less than all: the hash shrinks it to 64.
_DECODED = 256
_NEIGHBOURS = 32
MOST = 1000


@dataclass(frozen=True)
class Pair:
    """Two pictures that are nearly the same.

    Attributes:
        first: the source of one.
        second: the source of the other.
        distance: bits of 256 in which their hashes differ.
        across: `splits` where they stand in different ones, else `identities`.
    """

    first: str
    second: str
    distance: int
    across: str


def hashes(folder: Path, sources: Sequence[str]) -> np.ndarray:
    """Return (n, 32) uint8, the bits of each picture's perceptual hash.

    Source: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1 (DCT);
    ImageHash's `phash`, which compares with the median of the low frequencies.
    """
    found = [_hash(read_pixels(folder, name, _DECODED)) for name in track(sources, "comparing images")]
    return np.packbits(np.array(found, dtype=bool).reshape(len(found), -1), axis=1)


def _hash(pixels: np.ndarray) -> np.ndarray:
    return imagehash.phash(Image.fromarray(pixels), hash_size=SIDE).hash


def near_duplicates(pictures: Sequence[Picture], code: np.ndarray) -> list[Pair]:
    """Return pairs across splits or identities, the nearest first, `MOST` at most.

    Args:
        pictures: n, each with its split.
        code: (n, 32) uint8 hashes.
    """
    return list(islice(_pairs(pictures, code), MOST))


def _pairs(pictures: Sequence[Picture], code: np.ndarray) -> Iterator[Pair]:
    distinct, which = np.unique(code, axis=0, return_inverse=True)
    members: dict[int, list[Picture]] = defaultdict(list)
    for picture, group in zip(pictures, which.reshape(-1), strict=True):
        members[int(group)].append(picture)
    for distance, one, other in sorted(_close(distinct)):
        for a, b in product(members[one], members[other]):
            if (one != other or a.source < b.source) and (a.split != b.split or a.label != b.label):
                first, second = sorted((a.source, b.source))
                yield Pair(first, second, distance, "splits" if a.split != b.split else "identities")


def _close(distinct: np.ndarray) -> set[tuple[int, int, int]]:
    """Return (distance, row, row) of the hashes (n, 32) that differ by at most `NEAR` bits, each with itself too."""
    index = faiss.IndexBinaryFlat(8 * distinct.shape[1])
    index.add(distinct)
    distance, neighbour = index.search(distinct, min(_NEIGHBOURS, len(distinct)))
    rows = np.repeat(np.arange(len(distinct)), neighbour.shape[1])
    found = zip(distance.reshape(-1).tolist(), rows.tolist(), neighbour.reshape(-1).tolist(), strict=True)
    return {(bits, min(a, b), max(a, b)) for bits, a, b in found if bits <= NEAR} | {
        (0, row, row) for row in range(len(distinct))
    }
