"""The searcher behind concurrent requests: a few are answered at a time, in threads; the server stays responsive."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from lookalike.kit.errors import LookalikeError
from lookalike.tools.search.answer import Answer, Seen
from lookalike.tools.search.photograph import Photo, Photograph, told
from lookalike.tools.serve.errors import UnknownImage
from lookalike.tools.serve.limits import Limits
from lookalike.tools.serve.pictures import render, render_card
from lookalike.tools.serve.uploads import Asked, Uploads, check_wanted, naming

if TYPE_CHECKING:
    from lookalike.tools.search.searcher import Searcher

Result = TypeVar("Result")

# A decoded image may take 200 MB, so that few are rendered at once.
_PICTURES_AT_ONCE = 2
# Searches at once; each computes on one core, and networks keep memory for each thread that they have run in.
_SEARCHES_AT_ONCE = 2


class SearchService:
    """A searcher that many requests may use."""

    def __init__(self, searcher: "Searcher", limits: Limits) -> None:
        self.searcher, self.limits = searcher, limits
        self._search_threads = ThreadPoolExecutor(_SEARCHES_AT_ONCE, "search")
        self._picture_limit = CapacityLimiter(_PICTURES_AT_ONCE)
        self._uploads = Uploads(limits, self._run)

    async def search(self, asked: Asked, system: str, top: int) -> Answer:
        """Search by the uploaded photographs of one person, which are on disk only for as long as that takes.

        Args:
            asked: the photographs.
            system: one of the searcher's.
            top: how many images to return.

        Raises:
            TooLarge: they are over the limit.
            ClientLeft: nobody waits for the answer any more.
            UnreadableImage: one gives no pixels.
            LookalikeError: there is no such system or face, or the upload is not as it is said to be.
        """

        async def answer(paths: Sequence[Path], unwanted: threading.Event) -> Answer:
            seen = []
            # One after another, so that a request holds the pixels of one photograph at a time.
            for number, path in enumerate(paths):
                see = partial(self._see, system=system, face=asked.face[number] if asked.face else 0)
                name = f"photo {number + 1} of {len(paths)}" if len(paths) > 1 else "the photo"
                seen.append(await self._uploads.looked_at(path, name, see, unwanted))
            check_wanted(unwanted)
            return await self._run(lambda: self.searcher.search_seen(seen, system, top))

        return await self._uploads.received(asked, answer)

    async def faces(self, asked: Asked) -> list[Seen]:
        """Return every face of one uploaded photograph, first the one that a search takes.

        Raises what `search` does.
        """

        def find(photo: Photo) -> list[Seen]:
            height, width, _ = photo().shape
            return [Seen(width, height, told(face)) for face in self.searcher.faces(photo)]

        return await self._uploads.received(
            asked, lambda paths, unwanted: self._uploads.looked_at(paths[0], "the photo", find, unwanted)
        )

    def _see(self, photo: Photo, system: str, face: int) -> Photograph:
        """Embed a photograph by one of its faces; the first is found without looking for the others."""
        if face == 0:
            return self.searcher.see(photo, system)
        faces = self.searcher.faces(photo)
        if face >= len(faces):
            raise LookalikeError(f"face is {face}; the photo has {len(faces)}, counted from 0")
        return self.searcher.see(photo, system, faces[face])

    async def search_by(self, image_id: str, system: str, top: int) -> Answer:
        """Search by an image of the gallery.

        Raises:
            UnknownImage: the gallery does not have it.
            LookalikeError: there is no such system.
        """
        self._path(image_id)
        with naming(image_id):
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
        with naming(image_id):
            return await to_thread.run_sync(render_as, path, pixels, limiter=self._picture_limit)

    def _path(self, image_id: str) -> Path:
        """Look an id up in the gallery: no path is ever made from what a request says."""
        try:
            return self.searcher.image_path(image_id)
        except LookalikeError as error:
            raise UnknownImage(f"the gallery has no image {image_id!a}") from error
