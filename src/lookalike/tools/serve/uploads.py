"""Uploaded photographs: on disk while they are worked on, decoded where nothing that is sent can hold up others.

A photograph is first decoded in a process of the guard, several side by side, so that one that takes long, or never
ends, holds up no other; then here, before it waits for the search, large ones one at a time and apart from the others.
What its sender no longer waits for is given up.
"""

import asyncio
import threading
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol, TypeVar

from anyio import CapacityLimiter, to_thread

from lookalike.catalog.probe import probe
from lookalike.catalog.table import OK
from lookalike.kit.errors import LookalikeError
from lookalike.kit.images.decode import LARGE, UnreadableImage
from lookalike.kit.images.look import Look
from lookalike.kit.memory import give_back
from lookalike.tools.search.photograph import Photo
from lookalike.tools.serve.errors import ClientLeft
from lookalike.tools.serve.limits import Limits, receive

Result = TypeVar("Result")

# Photographs that processes of the guard decode at once, on however few cores.
_LOOKS_AT_ONCE = 4
# Photographs whose pixels are held at once: common ones, up to 48 MB each, and large ones, up to 200 MB.
_COMMON_AT_ONCE, _LARGE_AT_ONCE = 4, 1


class Run(Protocol):
    """Does some work in one of the threads that search."""

    def __call__(self, work: Callable[[], Result], /) -> Awaitable[Result]:
        """Return what it returns."""


@dataclass(frozen=True)
class Asked:
    """Photographs of one person as they are uploaded.

    Attributes:
        body: the files, one after another.
        size: bytes of each; none where the body is a single one.
        face: which face of each, as `SearchService.faces` orders them; none takes the first of each.
        left: returns once the client has left; awaited from the end of the upload on.
    """

    body: AsyncIterable[bytes]
    size: tuple[int, ...]
    face: tuple[int, ...]
    left: Callable[[], Awaitable[None]]


class Uploads:
    """What many requests send."""

    def __init__(self, limits: Limits, run: Run) -> None:
        self._limits, self._run = limits, run
        self._look_limit = CapacityLimiter(_LOOKS_AT_ONCE)
        self._common_limit, self._large_limit = CapacityLimiter(_COMMON_AT_ONCE), CapacityLimiter(_LARGE_AT_ONCE)

    async def received(
        self, asked: Asked, work: Callable[[Sequence[Path], threading.Event], Awaitable[Result]]
    ) -> Result:
        """Do some work on uploaded photographs, and give it up once the client has left."""
        count = max(len(asked.size), 1)
        if count > self._limits.photos:
            raise LookalikeError(f"{count} photos; send {self._limits.photos} at most")
        if len(asked.face) not in (0, count):
            raise LookalikeError(f"{len(asked.face)} faces are named for {count} photos")
        with ExitStack() as stack:
            files = [stack.enter_context(NamedTemporaryFile(prefix="lookalike-")) for _ in range(count)]
            await receive(asked.body, files, asked.size, self._limits.upload_bytes)
            paths = [Path(file.name) for file in files]
            return await _unless(asked.left, lambda unwanted: work(paths, unwanted))

    async def looked_at(
        self, path: Path, name: str, work: Callable[[Photo], Result], unwanted: threading.Event
    ) -> Result:
        """Do some work on a photograph's pixels, once the guard has decoded it."""

        def look() -> Look:
            check_wanted(unwanted)
            return probe(path, unwanted.is_set)

        def read() -> Photo:
            check_wanted(unwanted)
            return Photo(path)

        def worked(photo: Photo) -> Result:
            check_wanted(unwanted)
            return work(photo)

        seen = await to_thread.run_sync(look, limiter=self._look_limit)
        with naming(name):
            if seen.status != OK:
                raise UnreadableImage(str(path), seen.status)
            large = seen.width * seen.height > LARGE
            async with self._large_limit if large else self._common_limit:
                return await self._found(read, worked)

    async def _found(self, read: Callable[[], Photo], work: Callable[[Photo], Result]) -> Result:
        """Decode a photograph and work on it; its memory goes back to the system at once."""
        try:
            return await self._run(partial(work, await to_thread.run_sync(read)))
        finally:
            give_back()


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


def check_wanted(unwanted: threading.Event) -> None:
    """Raise `ClientLeft` where nobody waits for the work any more."""
    if unwanted.is_set():
        raise ClientLeft


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Name an unreadable image as its owner knows it, not by its place on this machine's disk."""
    try:
        yield
    except UnreadableImage as error:
        raise UnreadableImage(name, error.reason) from error
