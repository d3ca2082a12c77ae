"""Small pictures as text: each distinct image once, to be shown from inside the page."""

import base64
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lookalike.kit.images.decode import UnreadableImage, decode
from lookalike.kit.progress import track

# WebP's effort, 0 to 6: 4 takes twice the time for files 5 % smaller.
_METHOD = 2


@dataclass(frozen=True)
class Thumbnails:
    """Distinct thumbnails and which image has which.

    Attributes:
        webp: base64 text of WebP files.
        index: image id -> position in `webp`; an image that cannot be decoded is not there.
    """

    webp: tuple[str, ...]
    index: dict[str, int]


def make_thumbnails(
    root: Path, image_id: Sequence[str], sha256: Sequence[str], pixels: int, quality: int, workers: int = 2
) -> Thumbnails:
    """Draw a thumbnail of every image; copies of one file share theirs.

    Args:
        root: the dataset's folder.
        image_id: paths relative to it.
        sha256: digests of the files, in the same order.
        pixels: length of the longer side.
        quality: WebP quality, 1 to 100.
        workers: threads; decoding and encoding run outside Python's lock, and the order does not depend on them.
    """
    first_with: dict[str, str] = {}
    for digest, name in zip(sha256, image_id, strict=True):
        first_with.setdefault(digest, name)
    names = sorted(first_with.values())
    with ThreadPoolExecutor(workers) as pool:
        drawn = pool.map(lambda name: _thumbnail(root / name, pixels, quality), names)
        webp = dict(zip(names, track(drawn, "thumbnails", total=len(names)), strict=True))
    kept = [name for name in names if webp[name] is not None]
    position = {name: index for index, name in enumerate(kept)}
    index = {
        name: position[first_with[digest]]
        for name, digest in zip(image_id, sha256, strict=True)
        if first_with[digest] in position
    }
    return Thumbnails(tuple(text for name in kept if (text := webp[name]) is not None), index)


def _thumbnail(path: Path, pixels: int, quality: int) -> str | None:
    try:
        picture = Image.fromarray(decode(path))
    except UnreadableImage:
        return None
    picture.thumbnail((pixels, pixels), Image.Resampling.LANCZOS, reducing_gap=3.0)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, method=_METHOD)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
