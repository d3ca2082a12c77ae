"""The image files of an indexed folder, and which of them the index held the last time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.catalog.probe import probe_all
from lookalike.catalog.table import Catalog
from lookalike.engine.keys import Key
from lookalike.engine.looks import look_all
from lookalike.engine.lookup import among
from lookalike.engine.rows import Rows, from_hex
from lookalike.engine.store import Store
from lookalike.engine.upkeep import drop
from lookalike.kit.errors import FileFault
from lookalike.kit.images.look import Look


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


class Members:
    """The images that an index holds, by the digests of their bytes; what is written grows with what changes."""

    def __init__(self, home: Path) -> None:
        """Name the members of the index whose folder is `home`; nothing is read yet."""
        self._store = Store(home, Key("members", {}))

    def digests(self) -> np.ndarray:
        """Return the (n,) `engine.rows.DIGEST` of all of them."""
        return self._store.known()

    def become(self, digest: np.ndarray) -> None:
        """Hold the images of some digests (n,) from now on, and no others.

        Raises:
            FileFault: the index may not be written.
        """
        before = self.digests()
        if (gone := ~among(before, digest)).any():
            drop(self._store, before[gone])
        self._store.add(Rows.known(np.unique(digest[~among(digest, before)]), {}))


def list_images(root: Path, folder: Path, image_id: Sequence[str]) -> Catalog:
    """Return one row an image file, readable or not, all of split `gallery`; what has not changed is not read again.

    Args:
        root: of all stores.
        folder: what image ids are relative to.
        image_id: sorted.
    """
    paths = [folder / name for name in image_id]
    try:
        return _catalogued(image_id, probe_all(paths, look_all=lambda some: look_all(root, some)))
    except FileFault:
        # A store that may only be read: every image is read again.
        return _catalogued(image_id, probe_all(paths))


def changes_between(before: np.ndarray, now: Catalog, refused: dict[str, str]) -> FolderChanges:
    """Tell what is otherwise in a folder.

    Args:
        before: (n,) `engine.rows.DIGEST` of the members of its index.
        now: its image files.
        refused: name -> why a file is left out that `now` does not list.
    """
    readable, broken = from_hex(now.sha256[now.ok]), now.rows(~now.ok)
    unchanged, kept = among(readable, before), among(before, readable)
    unreadable = refused | dict(zip(broken.image_id.tolist(), broken.status.tolist(), strict=True))
    return FolderChanges(
        int((~unchanged).sum()), int(unchanged.sum()), int((~kept).sum()), dict(sorted(unreadable.items()))
    )


def _catalogued(image_id: Sequence[str], looks: list[Look]) -> Catalog:
    n = len(image_id)
    return Catalog(
        image_id=_texts(image_id),
        split=np.full(n, "gallery", dtype=object),
        domain=np.full(n, "synthetic", dtype=object),
        label=np.full(n, None, dtype=object),
        width=np.array([one.width for one in looks], np.int32),
        height=np.array([one.height for one in looks], np.int32),
        sha256=_texts([one.sha256 for one in looks]),
        status=_texts([one.status for one in looks]),
    )


def _texts(values: Sequence[str]) -> np.ndarray:
    return np.array(values, dtype=object)
