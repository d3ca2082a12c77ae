"""Every image is decoded once, by the guard's processes, to learn its size, its digest and whether it is whole.

Later stages decode the same bytes in their own process: by then these are known to decode, within limits of time and
memory.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from lookalike.catalog.table import OK
from lookalike.kit.images.guard import guard
from lookalike.kit.images.look import Look
from lookalike.kit.images.unreadable import UnreadableImage
from lookalike.kit.progress import track

LookAll = Callable[[Sequence[Path]], Iterable[Look]]
# Files whose decoders had something to say that are named on the terminal.
_TOLD = 10


def probe(path: Path, unwanted: Callable[[], bool] = lambda: False) -> Look:
    """Decode one file; a partial image is set aside. Once `unwanted` returns true, the work is given up."""
    return _judged(guard().look(path, unwanted), False)


def check_readable(photo: Path) -> None:
    """Decode a stranger's photograph where that can be stopped, before it is decoded anywhere else.

    Raises:
        UnreadableImage: it gives no pixels, or lacks part of its data.
    """
    seen = probe(photo)
    if seen.status != OK:
        raise UnreadableImage(str(photo), seen.status)


def probe_all(paths: Sequence[Path], accept_partial: bool = False, look_all: LookAll | None = None) -> list[Look]:
    """Decode files side by side; results come in the order of `paths`, whatever the number of workers.

    What decoders say about files is told on standard error, with the names of the files.

    Args:
        paths: the files.
        accept_partial: whether an image that lacks part of its data counts as readable.
        look_all: looks at files, in their order; the guard by default.
    """
    seen = (look_all or guard().look_all)(paths)
    looks = list(track(seen, "reading images", total=len(paths)))
    noisy = [f"{path}: {look.noise}" for path, look in zip(paths, looks, strict=True) if look.noise]
    more = [f"... and {len(noisy) - _TOLD} more such files"] if len(noisy) > _TOLD else []
    for line in noisy[:_TOLD] + more:
        print(f"lookalike: {line}", file=sys.stderr)
    return [_judged(look, accept_partial) for look in looks]


def _judged(look: Look, accept_partial: bool) -> Look:
    return Look("partial", look.sha256) if look.partial and not accept_partial else look
