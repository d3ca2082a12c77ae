"""The image files of an indexed folder as they were last read, and how to tell which have changed since."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.catalog.probe import probe_all
from lookalike.catalog.table import Catalog
from lookalike.kit.files import SETTLED_NS
from lookalike.kit.images.look import Look
from lookalike.kit.parquet import read_table, texts, write_table


@dataclass(frozen=True)
class Inventory:
    """A folder's images.

    Attributes:
        catalog: one row an image file, readable or not; all of split `gallery`.
        stamp: (n,) size, times and inode of each; '' where they do not prove that the bytes are the same.
    """

    catalog: Catalog
    stamp: np.ndarray

    @classmethod
    def empty(cls) -> Self:
        """Return the inventory of nothing."""
        return cls(_catalogued([], []), np.array([], dtype=object))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read an inventory written by `write`; there is none before the first indexing."""
        if not path.exists():
            return cls.empty()
        return cls(Catalog.read(path), texts(read_table(path, ["stamp"]), "stamp"))

    def same_as(self, other: Self) -> bool:
        """Tell whether another inventory holds the same rows."""
        mine, others = ([*vars(part.catalog).values(), part.stamp] for part in (self, other))
        return all(np.array_equal(own, their) for own, their in zip(mine, others, strict=True))

    def write(self, path: Path) -> None:
        """Write one row an image as Parquet, atomically."""
        columns = {field.name: getattr(self.catalog, field.name) for field in fields(Catalog)}
        write_table(path, columns | {"stamp": self.stamp}, dictionary=("split", "domain", "label", "status"))


@dataclass(frozen=True)
class FolderChanges:
    """What an update found, by the bytes of images: a renamed file is unchanged, a changed one is new.

    Attributes:
        new: images that the last index did not hold.
        unchanged: images that it did.
        removed: images that it held and the folder no longer does.
        unreadable: name -> why it is left out.
    """

    new: int
    unchanged: int
    removed: int
    unreadable: dict[str, str]


def take_inventory(folder: Path, image_id: Sequence[str], known: Inventory) -> Inventory:
    """Read the files that may have changed; the others are as the known inventory has them.

    Args:
        folder: what image ids are relative to.
        image_id: sorted.
        known: of the same folder, earlier.
    """
    stamps = [stamp_of(folder / name) for name in image_id]
    row_of = {name: row for row, name in enumerate(known.catalog.image_id)}
    kept = {
        name: _probe_in(known.catalog, row_of[name])
        for name, stamp in zip(image_id, stamps, strict=True)
        if stamp and name in row_of and known.stamp[row_of[name]] == stamp
    }
    unsure = [name for name in image_id if name not in kept]
    if unsure:
        kept |= zip(unsure, probe_all([folder / name for name in unsure]), strict=True)
    return Inventory(_catalogued(list(image_id), [kept[name] for name in image_id]), _texts(stamps))


def changes_between(before: Inventory, now: Inventory, refused: dict[str, str]) -> FolderChanges:
    """Compare two inventories of one folder; `refused` names the files that neither lists, and why."""
    old, new = (inventory.catalog.sha256[inventory.catalog.ok] for inventory in (before, now))
    unchanged, kept = among(new, old), among(old, new)
    broken = now.catalog.rows(~now.catalog.ok)
    unreadable = refused | dict(zip(broken.image_id.tolist(), broken.status.tolist(), strict=True))
    return FolderChanges(
        int((~unchanged).sum()), int(unchanged.sum()), int((~kept).sum()), dict(sorted(unreadable.items()))
    )


def among(digest: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Tell which digests (n,) are known; as fixed-width text, since numpy compares objects pair by pair."""
    return np.isin(digest.astype(str), known.astype(str))


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
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


def _probe_in(catalog: Catalog, row: int) -> Look:
    size = int(catalog.width[row]), int(catalog.height[row])
    return Look(str(catalog.status[row]), str(catalog.sha256[row]), *size)


def _catalogued(image_id: list[str], probes: list[Look]) -> Catalog:
    n = len(image_id)
    return Catalog(
        image_id=_texts(image_id),
        split=np.full(n, "gallery", dtype=object),
        domain=np.full(n, "synthetic", dtype=object),
        label=np.full(n, None, dtype=object),
        width=np.array([one.width for one in probes], np.int32),
        height=np.array([one.height for one in probes], np.int32),
        sha256=_texts([one.sha256 for one in probes]),
        status=_texts([one.status for one in probes]),
    )


def _texts(values: list[str]) -> np.ndarray:
    return np.array(values, dtype=object)
