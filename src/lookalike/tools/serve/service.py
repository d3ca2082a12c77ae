"""The searcher behind concurrent requests: it answers a few at a time, in threads, while the server stays responsive.

A photograph is first decoded in a process of the guard, several side by side, so that one that takes long, or never
ends, holds up no other; then here, before it waits for the search, large ones one at a time and apart from the others.
What its sender no longer waits for is given up.
"""

import asyncio
import threading
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from lookalike.catalog.probe import probe
from lookalike.catalog.table import OK
from lookalike.kit.errors import LookalikeError
from lookalike.kit.images.decode import LARGE, UnreadableImage
from lookalike.kit.images.look import Look
from lookalike.kit.memory import give_back
from lookalike.tools.search.answer import Answer
from lookalike.tools.search.photograph import Photo
from lookalike.tools.serve.errors import ClientLeft, UnknownImage
from lookalike.tools.serve.limits import Limits, receive
from lookalike.tools.serve.pictures import render, render_card

if TYPE_CHECKING:
    from lookalike.tools.search.searcher import Searcher

Result = TypeVar("Result")

# A decoded image may take 200 MB, so that few are rendered at once.
_PICTURES_AT_ONCE = 2
# Photographs that processes of the guard decode at once, on however few cores.
_LOOKS_AT_ONCE = 4
# Searches at once; each computes on one core, and networks keep memory for each thread that they have run in.
_SEARCHES_AT_ONCE = 2
# Photographs whose pixels are held at once: common ones, up to 48 MB each, and large ones, up to 200 MB.
_COMMON_AT_ONCE, _LARGE_AT_ONCE = 4, 1


class SearchService:
    """A searcher that many requests may use."""

    def __init__(self, searcher: "Searcher", limits: Limits) -> None:
        self.searcher, self.limits = searcher, limits
        self._search_threads = ThreadPoolExecutor(_SEARCHES_AT_ONCE, "search")
        self._picture_limit = CapacityLimiter(_PICTURES_AT_ONCE)
        self._look_limit = CapacityLimiter(_LOOKS_AT_ONCE)
        self._common_limit, self._large_limit = CapacityLimiter(_COMMON_AT_ONCE), CapacityLimiter(_LARGE_AT_ONCE)

    async def search(
        self, photo: AsyncIterable[bytes], system: str, top: int, left: Callable[[], Awaitable[None]]
    ) -> Answer:
        """Search by an uploaded photograph, which is on disk only for as long as that takes.

        Args:
            photo: the file.
            system: one of the searcher's.
            top: how many images to return.
            left: returns once the client has left; awaited from the end of the upload on.

        Raises:
            TooLarge: it is over the limit.
            ClientLeft: nobody waits for the answer any more.
            UnreadableImage: it gives no pixels.
            LookalikeError: there is no such system.
        """
        with NamedTemporaryFile(prefix="lookalike-") as file:
            await receive(photo, file, self.limits.upload_bytes)
            return await _unless(left, lambda unwanted: self._answer(Path(file.name), system, top, unwanted))

    async def _answer(self, path: Path, system: str, top: int, unwanted: threading.Event) -> Answer:
        def look() -> Look:
            _check_wanted(unwanted)
            return probe(path, unwanted.is_set)

        def read() -> Photo:
            _check_wanted(unwanted)
            return Photo(path)

        def search(photo: Photo) -> Answer:
            _check_wanted(unwanted)
            return self.searcher.search_photo(photo, system, top)

        seen = await to_thread.run_sync(look, limiter=self._look_limit)
        with _naming("the photo"):
            if seen.status != OK:
                raise UnreadableImage(str(path), seen.status)
            large = seen.width * seen.height > LARGE
            async with self._large_limit if large else self._common_limit:
                return await self._found(read, search)

    async def _found(self, read: Callable[[], Photo], search: Callable[[Photo], Answer]) -> Answer:
        """Decode a photograph and search by it; its memory goes back to the system at once."""
        try:
            return await self._run(partial(search, await to_thread.run_sync(read)))
        finally:
            give_back()

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
        return await asyncio.get_running_loop().run_in_executor(self._search_threads, search)

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


async def _unless(left: Callable[[], Awaitable[None]], work: Callable[[threading.Event], Awaitable[Result]]) -> Result:
    """Return what some work returns; once the client has left, tell the work so, and give it up."""
    unwanted = threading.Event()
    working, watching = asyncio.ensure_future(work(unwanted)), asyncio.ensure_future(left())
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientLeft
        return await working
    finally:
        unwanted.set()
        watching.cancel()
        # Not cancelled but told, since a thread cannot be: the photograph's file stays until nobody reads it.
        await asyncio.gather(working, watching, return_exceptions=True)


def _check_wanted(unwanted: threading.Event) -> None:
    if unwanted.is_set():
        raise ClientLeft


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Name an unreadable image as its owner knows it, not by its place on this machine's disk."""
    try:
        yield
    except UnreadableImage as error:
        raise UnreadableImage(name, error.reason) from error
