"""What is done to a store on request: small shards become large ones, and what nobody wants goes.

Nothing else rewrites what is there. What is new is in place before the old goes, so that no reader misses a row, and
whoever is killed in between leaves rows that two shards hold.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from lookalike.engine.lookup import among
from lookalike.engine.rows import Rows, joined
from lookalike.engine.shards import write_shard
from lookalike.engine.store import Store

# Of a shard that is made of others; those of a worker are smaller.
LARGE_BYTES = 128_000_000


def compact(store: Store, largest: int = LARGE_BYTES) -> int:
    """Merge shards of less than half of `largest` bytes into ones of about so many, and return how many went."""
    small = [path for path in store.paths() if path.stat().st_size * 2 < largest]
    gone = 0
    for group in _groups(small, largest):
        if len(group) > 1:
            gone += _replace(store, group, joined([rows for path in group if (rows := store.whole(path))]))
    return gone


def prune(store: Store, keep: np.ndarray) -> int:
    """Drop the rows of all but some digests (n,), and return how many were dropped."""
    return _drop(store, lambda rows: ~among(rows.digest, keep), store.paths())


def drop(store: Store, digest: np.ndarray) -> int:
    """Drop the rows of some digests (n,), and return how many were dropped; only shards that hold one are read."""
    dropped = 0
    # Again, as long as another shard holds one too.
    while paths := _holding(store, digest):
        dropped += _drop(store, lambda rows: among(rows.digest, digest), paths)
    return dropped


def retry(store: Store) -> int:
    """Drop the rows of images that were set aside, so that they are tried again; return how many."""
    return _drop(store, lambda rows: ~rows.ok, store.paths())


def _holding(store: Store, digest: np.ndarray) -> list[Path]:
    lookup = store.lookup()
    found = np.unique(lookup.shard[lookup.find(digest)[1]])
    return [store.folder / lookup.names[number] for number in found]


def _drop(store: Store, unwanted: Callable[[Rows], np.ndarray], paths: Sequence[Path]) -> int:
    dropped = 0
    for path in paths:
        rows = store.whole(path)
        if rows is not None and (going := unwanted(rows)).any():
            _replace(store, [path], rows.take(~going))
            dropped += int(going.sum())
    return dropped


def _replace(store: Store, old: list[Path], rows: Rows) -> int:
    new = write_shard(store.folder, store.key.digest, rows.ordered()) if len(rows) else None
    going = [path for path in old if path != new]
    for path in going:
        path.unlink(missing_ok=True)
    return len(going)


def _groups(paths: list[Path], largest: int) -> Iterator[list[Path]]:
    """Yield files in their order, in groups of about so many bytes."""
    group: list[Path] = []
    size = 0
    for path in paths:
        group.append(path)
        size += path.stat().st_size
        if size >= largest:
            yield group
            group, size = [], 0
    if group:
        yield group
