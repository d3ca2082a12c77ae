"""Every image is decoded once, in threads, to learn its size, its digest and whether it is whole."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lookalike.catalog.table import OK
from lookalike.kit.images import UnreadableImage, decode_bytes, is_animated, read_bytes
from lookalike.kit.progress import track
from lookalike.kit.workers import worker_count


@dataclass(frozen=True)
class Probe:
    """What decoding one file showed.

    Attributes:
        status: `ok`, or why the image is set aside.
        sha256: digest of the file's bytes; empty where they cannot be read.
        width: pixels, upright; 0 where unreadable.
        height: pixels, upright; 0 where unreadable.
        animated: it has more frames than the first, which is the one taken.
    """

    status: str
    sha256: str = ""
    width: int = 0
    height: int = 0
    animated: bool = False


def probe(path: Path) -> Probe:
    """Decode one file."""
    digest = ""
    try:
        data = read_bytes(path)
        digest = hashlib.sha256(data).hexdigest()
        height, width, _ = decode_bytes(data, str(path)).shape
    except UnreadableImage as error:
        return Probe(error.reason, digest)
    return Probe(OK, digest, width, height, is_animated(data))


def probe_all(paths: Sequence[Path]) -> list[Probe]:
    """Decode files in parallel; results come in the order of `paths`, whatever the number of workers."""
    with ThreadPoolExecutor(worker_count()) as pool:
        return list(track(pool.map(probe, paths), "reading images", total=len(paths)))
