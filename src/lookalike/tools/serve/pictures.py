"""Gallery images as a browser shows them: upright, bounded, always WebP."""

import io
from functools import lru_cache
from pathlib import Path

from PIL import Image

from lookalike.kit.images.decode import decode

MEDIA_TYPE = "image/webp"
_QUALITY = 85
# WebP's effort, 0 to 6: 4 takes twice the time for files 5 % smaller.
_METHOD = 2
# Cards are some 10 kB each, so that this many stay under 20 MB.
_CARDS_KEPT = 2048


def render(path: Path, pixels: int) -> bytes:
    """Return an image file encoded anew, so that only its pixels leave the server, whatever else the file holds.

    Args:
        path: an image file.
        pixels: length of the longer side; smaller images stay as they are.

    Raises:
        UnreadableImage: the file gives no pixels.
    """
    picture = Image.fromarray(decode(path))
    picture.thumbnail((pixels, pixels), Image.Resampling.LANCZOS, reducing_gap=3.0)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=_QUALITY, method=_METHOD)
    return buffer.getvalue()


def render_card(path: Path, pixels: int) -> bytes:
    """Return what `render` does, kept in memory for the next time while the file stays as it is."""
    return _render_card(path, pixels, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=_CARDS_KEPT)
def _render_card(path: Path, pixels: int, changed: int) -> bytes:
    return render(path, pixels)
