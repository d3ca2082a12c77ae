"""How much one request may ask for."""

from bisect import bisect_right
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import IO

from lookalike.kit.errors import LookalikeError


class TooLarge(LookalikeError):
    """An upload over the limit."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one request.

    Attributes:
        upload_bytes: of a photograph, and of all photographs of one search together.
        photos: photographs of one search.
        top: gallery images in one answer.
        card_pixels: longer side of the picture on a card.
        photo_pixels: longer side of a gallery image that was searched by.
    """

    upload_bytes: int = 20_000_000
    photos: int = 8
    top: int = 50
    card_pixels: int = 320
    photo_pixels: int = 1280


async def receive(chunks: AsyncIterable[bytes], files: Sequence[IO[bytes]], sizes: Sequence[int], most: int) -> None:
    """Write an upload into files, counting what arrives: a declared length may be missing or wrong.

    Args:
        chunks: the request's body, photographs one after another.
        files: one for each photograph, open for writing; flushed at the end.
        sizes: bytes of each; none where the body is a single one.
        most: bytes that are accepted.

    Raises:
        TooLarge: more than `most` bytes came, or are said to come.
        LookalikeError: other than the bytes that are said to come did.
    """
    if sum(sizes) > most:
        raise TooLarge(f"the photos together are larger than {most / 1e6:g} MB; send fewer, or smaller copies")
    came, ends = 0, list(accumulate(sizes))
    async for chunk in chunks:
        if came + len(chunk) > most:
            raise TooLarge(f"the photo is larger than {most / 1e6:g} MB; send a smaller copy")
        while chunk:
            number = bisect_right(ends, came)
            if sizes and number == len(ends):
                raise LookalikeError(f"more bytes came than the sizes of the photos add up to ({ends[-1]})")
            part = chunk[: ends[number] - came] if sizes else chunk
            files[number].write(part)
            came, chunk = came + len(part), chunk[len(part) :]
    if sizes and came < ends[-1]:
        raise LookalikeError(f"{came} bytes came; the sizes of the photos add up to {ends[-1]}")
    for file in files:
        file.flush()
