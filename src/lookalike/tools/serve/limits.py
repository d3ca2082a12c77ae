"""How much one request may ask for."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import IO

from lookalike.kit.errors import LookalikeError


class TooLarge(LookalikeError):
    """An upload over the limit."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one request.

    Attributes:
        upload_bytes: of a photograph.
        top: gallery images in one answer.
        card_pixels: longer side of the picture on a card.
        photo_pixels: longer side of a gallery image that was searched by.
    """

    upload_bytes: int = 20_000_000
    top: int = 50
    card_pixels: int = 320
    photo_pixels: int = 1280


async def receive(chunks: AsyncIterable[bytes], file: IO[bytes], most: int) -> None:
    """Write an upload into a file, counting what arrives: a declared length may be missing or wrong.

    Args:
        chunks: the request's body.
        file: open for writing; flushed at the end.
        most: bytes that are accepted.

    Raises:
        TooLarge: more than `most` bytes came.
    """
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise TooLarge(f"the photo is larger than {most / 1e6:g} MB; send a smaller copy")
        file.write(chunk)
    file.flush()
