"""An image's bytes, read once and held against their digest; its pixels, decoded once at each scale."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

import numpy as np

from lookalike.faces.pixels import DecodedOnce, changed
from lookalike.kit.images.decode import UnreadableImage, jpeg_size, read_bytes
from lookalike.kit.workers import worker_count

Value = TypeVar("Value")
# Images a thread that are prepared before what comes first is taken: enough that no thread waits for a slow one.
_AHEAD = 4


class Image(DecodedOnce):
    """One image that the catalogue lists; for one thread."""

    @classmethod
    def read(cls, path: Path, sha256: str) -> Self:
        """Read a file.

        Args:
            path: of the file.
            sha256: what the catalogue says of its bytes, in hex.

        Raises:
            LookalikeError: it cannot be read, or its bytes are others by now.
        """
        try:
            data = read_bytes(path)
        except UnreadableImage as error:
            raise changed(path, error.reason) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise changed(path, "other bytes")
        return cls(data, path)

    def __call__(self, image_id: str = "", side: int | None = None) -> np.ndarray:
        """Return (height, width, 3) uint8 RGB.

        Raises:
            LookalikeError: the bytes give no pixels.
        """
        try:
            return super().__call__(image_id, side)
        except UnreadableImage as error:
            raise changed(self.path, error.reason) from error

    @property
    def pixels(self) -> np.ndarray:
        """(height, width, 3) uint8 RGB of the whole image, upright."""
        return self()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright; a large JPEG is not decoded for them."""
        return jpeg_size(self.data) or self.pixels.shape[1::-1]


def prepared(
    folder: Path, images: Sequence[tuple[str, str]], prepare: Callable[[str, str, Image], Value]
) -> Iterator[Value]:
    """Read images and prepare each in threads, a few ahead of what is taken; yield in their order.

    Args:
        folder: that paths are relative to.
        images: (SHA-256 in hex, path) of each.
        prepare: is given both and the image; may be called from several threads.
    """

    def work(sha256: str, path: str) -> Value:
        return prepare(sha256, path, Image.read(folder / path, sha256))

    workers = worker_count()
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Value]] = deque()
        try:
            for image in images:
                waiting.append(pool.submit(work, *image))
                if len(waiting) > _AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
