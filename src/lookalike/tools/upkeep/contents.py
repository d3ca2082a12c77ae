"""What is in the store, and what is done to it on request."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from lookalike.engine import upkeep
from lookalike.engine.rows import OK
from lookalike.engine.shards import read_statuses
from lookalike.engine.store import Store, stores
from lookalike.kit.tables import Table, columns, size_text
from lookalike.tools.upkeep.wanted import Wanted


@dataclass(frozen=True)
class Content:
    """What is known under one key.

    Attributes:
        kind: `faces`, `vectors` and the like.
        about: the model's name, where it is of one.
        key: the folder's name below that of the kind.
        rows: images, or files, that something is known of.
        aside: those that no worker could do.
        shards: files.
        size: bytes of all of them.
        wanted: the project's params and code compute under this key.
    """

    kind: str
    about: str
    key: str
    rows: int
    aside: int
    shards: int
    size: int
    wanted: bool


def contents(root: Path, wanted: Wanted) -> list[Content]:
    """Return what every store below a root holds."""
    return [_content(store, wanted) for store in stores(root)]


def table(root: Path, found: list[Content]) -> Table:
    """Return contents as a table."""
    rows = [
        (one.kind, one.about, one.key, f"{one.rows:,}", str(one.aside), str(one.shards), size_text(one.size), _use(one))
        for one in found
    ]
    idle = sum(one.size for one in found if not one.wanted)
    note = f"{size_text(sum(one.size for one in found))} in {root}"
    note += f"; {size_text(idle)} of other params or code: `lookalike store --prune` drops them" if idle else ""
    return Table(
        "What is known of images", columns("kind", "of", "key", ">rows", ">set aside", ">shards", ">size", "in use"),
        rows, note,
    )  # fmt: skip


def compact(root: Path) -> int:
    """Merge small shards into large ones, and return how many files there are fewer."""
    before = sum(len(store.paths()) for store in stores(root))
    for store in stores(root):
        upkeep.compact(store)
    return before - sum(len(store.paths()) for store in stores(root))


def prune(root: Path, wanted: Wanted) -> int:
    """Drop what other params or code made, and images that no dataset or index holds; return the rows that went.

    Args:
        root: of all stores.
        wanted: what stays; worked out of what is there before anything goes.
    """
    kept = [(store, wanted.digests(store)) for store in stores(root) if wanted.wants(store)]
    gone = 0
    for store in stores(root):
        if not wanted.wants(store):
            gone += len(store.known())
            shutil.rmtree(store.folder)
    return gone + sum(upkeep.prune(store, digest) for store, digest in kept if digest is not None)


def retry(root: Path) -> int:
    """Forget which images no worker could do, so that they are tried again; return how many."""
    return sum(upkeep.retry(store) for store in stores(root))


def _content(store: Store, wanted: Wanted) -> Content:
    paths = store.paths()
    aside = sum(int((read_statuses(path) != OK).sum()) for path in paths)
    size = sum(path.stat().st_size for path in paths)
    about = store.key.kind, store.key.about, store.key.name
    return Content(*about, len(store.known()), aside, len(paths), size, wanted.wants(store))


def _use(one: Content) -> str:
    return "yes" if one.wanted else "no"
