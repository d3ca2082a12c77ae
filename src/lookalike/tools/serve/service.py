"""The searcher behind concurrent requests: it answers one at a time, in a thread, while the server stays responsive."""

from collections.abc import AsyncIterable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from lookalike.kit.errors import LookalikeError
from lookalike.kit.images import UnreadableImage
from lookalike.tools.search.answer import Answer
from lookalike.tools.serve.errors import UnknownImage
from lookalike.tools.serve.limits import Limits, receive
from lookalike.tools.serve.pictures import render, render_card

if TYPE_CHECKING:
    from lookalike.tools.search.searcher import Searcher

Result = TypeVar("Result")

# A decoded image may take 200 MB, so that few are rendered at once.
_PICTURES_AT_ONCE = 2


class SearchService:
    """A searcher that many requests may use."""

    def __init__(self, searcher: "Searcher", limits: Limits) -> None:
        self.searcher, self.limits = searcher, limits
        self._search_limit = CapacityLimiter(1)
        self._picture_limit = CapacityLimiter(_PICTURES_AT_ONCE)

    async def search(self, photo: AsyncIterable[bytes], system: str, top: int) -> Answer:
        """Search by an uploaded photograph, which is on disk only for as long as that takes.

        Raises:
            TooLarge: it is over the limit.
            UnreadableImage: it gives no pixels.
            LookalikeError: there is no such system.
        """
        with NamedTemporaryFile(prefix="lookalike-") as file:
            await receive(photo, file, self.limits.upload_bytes)
            path = Path(file.name)
            with _naming("the photo"):
                return await self._run(lambda: self.searcher.search(path, system, top))

    async def search_by(self, image_id: str, system: str, top: int) -> Answer:
        """Search by an image of the gallery.

        Raises:
            UnknownImage: the gallery does not have it.
            LookalikeError: there is no such system.
        """
        self._path(image_id)
        with _naming(image_id):
            return await self._run(lambda: self.searcher.search_by(image_id, system, top))

    async def picture(self, image_id: str) -> bytes:
        """Return a gallery image as WebP, large.

        Raises:
            UnknownImage: the gallery does not have it.
            UnreadableImage: its file has gone or is damaged.
        """
        return await self._rendered(image_id, render, self.limits.photo_pixels)

    async def card(self, image_id: str) -> bytes:
        """Return what `picture` does, small."""
        return await self._rendered(image_id, render_card, self.limits.card_pixels)

    async def _run(self, search: Callable[[], Result]) -> Result:
        return await to_thread.run_sync(search, limiter=self._search_limit)

    async def _rendered(self, image_id: str, render_as: Callable[[Path, int], bytes], pixels: int) -> bytes:
        path = self._path(image_id)
        with _naming(image_id):
            return await to_thread.run_sync(render_as, path, pixels, limiter=self._picture_limit)

    def _path(self, image_id: str) -> Path:
        """Look an id up in the gallery: no path is ever made from what a request says."""
        try:
            return self.searcher.image_path(image_id)
        except LookalikeError as error:
            raise UnknownImage(f"the gallery has no image {image_id!a}") from error


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Name an unreadable image as its owner knows it, not by its place on this machine's disk."""
    try:
        yield
    except UnreadableImage as error:
        raise UnreadableImage(name, error.reason) from error
