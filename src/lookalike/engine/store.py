"""The store: what is known of images under one key, in shards that are only added.

    <root>/<kind>/<key>/key.json     what the key stands for
    <root>/<kind>/<key>/*.parquet    shards

A shard is written apart from its place and moved into it, so readers see whole ones alone, and what is finished is the
checkpoint of whoever is killed. It is named by its content, so that programs that fill a store at once need no lock: at
worst two know the same images, whose rows are the same.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from lookalike.engine.keys import Key
from lookalike.engine.lookup import Lookup
from lookalike.engine.rows import Blank, Rows
from lookalike.engine.shards import read_digests, read_shard, write_shard
from lookalike.kit.digests import Damaged, rename_damaged
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import read_json, write_json


class Missing(LookalikeError):
    """Rows that a store was asked for and does not hold, or no longer: they are to be computed."""


class Store:
    """What is known under one key; may be shared by any number of processes, and by one thread of each."""

    def __init__(self, root: Path, key: Key) -> None:
        """Name a store; nothing is read or written yet.

        Args:
            root: of all stores.
            key: what this one holds.
        """
        self.folder, self.key = root / key.kind / key.name, key
        self._shards: dict[str, np.ndarray] = {}
        self._lookup: Lookup | None = None

    def known(self) -> np.ndarray:
        """Return the digests (n,) of all rows, sorted and distinct; shards that others wrote meanwhile are seen."""
        return self.lookup().digest

    def unknown(self, digest: np.ndarray) -> np.ndarray:
        """Tell which of the digests (n,) have no row; (n,) bool."""
        return ~np.asarray(self.lookup().find(digest)[0])

    def rows(self, digest: np.ndarray) -> Rows:
        """Return the rows of digests (n,), in their order; a digest may be asked for more than once.

        Raises:
            Missing: there is no row of some of them. A damaged shard, which is named on stderr and set aside, has none.
        """
        while True:
            lookup = self.lookup()
            found, place = lookup.find(digest)
            if not found.all():
                raise Missing(f"{self.folder}: {int((~found).sum())} of {len(digest)} images are not known")
            rows = self._gathered(digest, lookup, place)
            if rows is not None:
                return rows

    def add(self, rows: Rows) -> None:
        """Write rows as one shard, whatever is known of their images already; none writes nothing.

        Raises:
            FileFault: the store may not be written, or its disk is full.
        """
        if not len(rows):
            return
        note = self.folder / "key.json"
        if not note.exists():
            write_json(note, self.key.words)
        write_shard(self.folder, self.key.digest, rows.ordered())

    def _gathered(self, digest: np.ndarray, lookup: Lookup, place: np.ndarray) -> Rows | None:
        """Return rows of which it is known where they are, a shard at a time; None once a shard is not there."""
        gathered = Blank(digest)
        order = np.argsort(lookup.shard[place], kind="stable")
        numbers, starts = np.unique(lookup.shard[place][order], return_index=True)
        for number, here in zip(numbers, np.split(order, starts[1:]), strict=False):
            rows = self.whole(self.folder / lookup.names[number])
            if rows is None:
                return None
            gathered.fill(here, rows.take(lookup.row[place[here]]))
        return gathered.rows

    def whole(self, path: Path) -> Rows | None:
        """Return a shard's rows; None where it is gone, or damaged, which is told, and set aside."""
        try:
            return read_shard(path)
        except FileNotFoundError:
            return None
        except Damaged as error:
            rename_damaged(path, error)
            return None

    def paths(self) -> list[Path]:
        """Return the shards of this moment, by name."""
        with suppress(FileNotFoundError):
            return sorted(self.folder.glob("*.parquet"))
        return []

    def lookup(self) -> Lookup:
        """Return what is in the folder at this moment; of a shard that was seen before, nothing is read again."""
        paths = {path.name: path for path in self.paths()}
        if self._lookup is None or paths.keys() != self._shards.keys():
            known = self._shards
            read = ((name, known[name] if name in known else _digests(path)) for name, path in paths.items())
            self._shards = {name: digest for name, digest in read if digest is not None}
            self._lookup = Lookup.of(self._shards)
        return self._lookup


def stores(root: Path) -> Iterator[Store]:
    """Yield the stores below a root, by kind and name; a folder whose `key.json` does not fit its name is none."""
    for note in sorted(root.glob("*/*/key.json")):
        with suppress(LookalikeError, KeyError, TypeError):
            store = Store(root, Key.of_words(read_json(note)))
            if store.folder == note.parent:
                yield store


def _digests(path: Path) -> np.ndarray | None:
    """Return a shard's digests; None where it is gone, or is none, which is told."""
    try:
        return read_digests(path)
    except FileNotFoundError:
        return None
    except Damaged as error:
        rename_damaged(path, error)
        return None
