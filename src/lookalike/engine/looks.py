"""What a first look at a file showed, kept under its name and stamp: files that have not changed are not read again."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from lookalike.engine.keys import DECODERS, Key, versions
from lookalike.engine.rows import DIGEST, Rows
from lookalike.engine.store import Missing, Store
from lookalike.kit.durations import clocks, note_work, since
from lookalike.kit.files import SETTLED_NS
from lookalike.kit.images.guard import guard
from lookalike.kit.images.look import Look
from lookalike.kit.sources import code_digest

# What may be otherwise on another day, or another machine.
_PASSING = ("too slow", "crashes the decoder", "too much memory", "unwanted")
# Looks of a shard: what is lost when the program is killed.
_MOST = 4096
_SIZES, _FLAGS = ("width", "height"), ("animated", "partial")
# What these are called in the store, which has columns of its own of the same names.
_TEXTS = {"status": "seen", "sha256": "content", "noise": "noise"}


def look_key() -> Key:
    """Return what looks stand for."""
    facts = {"code": code_digest("kit/images/guard.py", "kit/images/look.py"), "libraries": versions(*DECODERS)}
    return Key("looks", facts)


def look_all(root: Path, paths: Sequence[Path]) -> Iterator[Look]:
    """Look at files, or remember what was seen when they were as they are now; yield in their order.

    Args:
        root: of all stores.
        paths: the files.
    """
    store, stamped = Store(root, look_key()), _stamped(paths)
    known = _known(store, stamped)
    unsure = [path for path, name in zip(paths, stamped, strict=True) if name not in known]
    seen = _kept(store, dict(zip(paths, stamped, strict=True)), unsure)
    for name in stamped:
        yield known[name] if name in known else next(seen)


def stamp_of(path: Path) -> str:
    """Return text that changes whenever the file does, or '' where the file is too fresh to tell.

    The time of change is among it: unlike that of modification, no program can set it back.
    """
    try:
        status = path.stat()
    except OSError:
        return ""
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < SETTLED_NS:
        return ""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino} {status.st_dev}"


def _stamped(paths: Sequence[Path]) -> list[bytes]:
    """Return the digest of each file's name and stamp; '' where it has none."""
    stamps = ((path, stamp_of(path)) for path in paths)
    return [_digest(path, stamp) if stamp else b"" for path, stamp in stamps]


def _digest(path: Path, stamp: str) -> bytes:
    name = str(path.absolute()).encode("utf-8", "surrogateescape")
    return hashlib.sha256(name + b"\0" + stamp.encode()).digest()


def _known(store: Store, stamped: list[bytes]) -> dict[bytes, Look]:
    names = [name for name in stamped if name]
    digest = np.frombuffer(b"".join(names), DIGEST)
    while True:
        known = np.flatnonzero(~store.unknown(digest))
        try:
            looks = _looks(store.rows(digest[known]))
        except Missing:  # one of the shards is damaged
            continue
        return {names[row]: look for row, look in zip(known, looks, strict=True)}


def _kept(store: Store, stamped: dict[Path, bytes], paths: list[Path]) -> Iterator[Look]:
    """Look at files, and keep what is seen of those that have a stamp, many at a time."""
    begun = clocks()
    for start in range(0, len(paths), _MOST):
        some = paths[start : start + _MOST]
        looks = list(guard().look_all(some))
        seen = zip(some, looks, strict=True)
        store.add(_rows([(stamped[path], look) for path, look in seen if _stays(path, look, stamped[path])]))
        yield from looks
    if paths:
        guard().close()  # the time of its processes is told once they have ended
        note_work("catalog", len(paths), *since(begun))


def _stays(path: Path, look: Look, name: bytes) -> bool:
    """Tell whether a look is worth keeping: not of a file that changed while it was looked at."""
    return bool(name) and look.status not in _PASSING and _digest(path, stamp_of(path)) == name


def _rows(looks: list[tuple[bytes, Look]]) -> Rows:
    digest = np.frombuffer(b"".join(name for name, _ in looks), DIGEST)
    told = [vars(look) for _, look in looks]
    texts = {column: np.array([one[name] for one in told], dtype=object) for name, column in _TEXTS.items()}
    sizes = {name: np.array([one[name] for one in told], np.int32) for name in _SIZES}
    flags = {name: np.array([one[name] for one in told], np.uint8) for name in _FLAGS}
    return Rows.known(digest, texts | sizes | flags)


def _looks(rows: Rows) -> list[Look]:
    if not len(rows):
        return []
    texts = {name: rows.values[column].tolist() for name, column in _TEXTS.items()}
    sizes = {name: rows.values[name].tolist() for name in _SIZES}
    flags = {name: rows.values[name].astype(bool).tolist() for name in _FLAGS}
    columns = texts | sizes | flags
    return [Look(**dict(zip(columns, values, strict=True))) for values in zip(*columns.values(), strict=True)]
