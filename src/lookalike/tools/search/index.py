"""Any folder of images as a gallery: what the store does not know of them is computed, and nothing else."""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.engine.executors.base import Executor, InlineExecutor, chosen
from lookalike.engine.lookup import among
from lookalike.engine.rows import from_hex
from lookalike.kit.errors import FileFault, LookalikeError
from lookalike.run.layout import Layout
from lookalike.tools.search.folder import list_folder
from lookalike.tools.search.gallery import Gallery
from lookalike.tools.search.inventory import FolderChanges, Members, changes_between, list_images
from lookalike.tools.search.known import Known, KnownImages
from lookalike.tools.search.lock import writing
from lookalike.tools.search.run import SearchRun

# Up to so many images are embedded in this process: a worker of its own takes a second or two to start.
FEW = 32


@dataclass(frozen=True)
class Indexed:
    """A folder that is ready to be searched, where its index is, and what was new."""

    gallery: Gallery
    home: Path
    changes: FolderChanges


def update_index(run: SearchRun, folder: Path, wait: bool = True) -> Indexed:
    """Bring the index of a folder up to date; cut short, it goes on from there the next time.

    One process at a time works on an index. A second one waits for it, or takes what it finds whole.

    Args:
        run: whose models embed, and whose project holds the index.
        folder: of images, at any depth.
        wait: whether to wait for another process that is at it, though some images could be searched already.

    Raises:
        LookalikeError: the folder holds no readable image, a model cannot be loaded, or the index cannot be written.
    """
    folder_now = _look(run, folder)
    members = Members(index_home(run.root, folder))
    before = members.digests()
    known = folder_now.images.now()
    if known.missing.any() or not _same(before, folder_now.digest):
        try:
            known = _written(run, folder, folder_now, wait or not len(known.gallery)) or known
        except FileFault:
            # A project that may only be read can be searched all the same, once everything is embedded.
            if known.missing.any():
                raise
    changes = changes_between(before, folder_now.catalog, folder_now.refused | known.aside)
    return Indexed(known.gallery, index_home(run.root, folder), changes)


@dataclass(frozen=True)
class _Folder:
    """What is in a folder.

    Attributes:
        catalog: its image files, readable or not.
        refused: name -> why a file is left out that the catalogue does not list.
        images: the readable ones.
    """

    catalog: Catalog
    refused: dict[str, str]
    images: KnownImages

    @property
    def digest(self) -> np.ndarray:
        return from_hex(self.catalog.sha256[self.catalog.ok])


def _look(run: SearchRun, folder: Path) -> _Folder:
    listed = list_folder(folder)
    catalog = list_images(Layout(run.root).store, folder, listed.image_id)
    if not catalog.ok.any():
        raise LookalikeError(f"{folder}: none of its {len(catalog)} images can be read; nothing to search")
    return _Folder(catalog, listed.refused, KnownImages(run, folder, catalog.rows(catalog.ok)))


def _written(run: SearchRun, folder: Path, now: _Folder, wait: bool) -> Known | None:
    """Compute what is missing, and return all that is known then; None where another process is at it."""
    home = index_home(run.root, folder)
    with writing(home) as lock:
        if not lock.take():
            if not wait:
                _tell(f"another program is writing the index of {folder}; what it has finished is searched")
                return None
            _tell(f"another program is writing the index of {folder}; waiting for it")
            lock.wait()
            now = _look(run, folder)
        known = now.images.complete(_executor(int(now.images.missing().sum())))
        # Last, so that whatever stands in it is known to be embedded.
        Members(home).become(now.digest)
        return known


def _executor(missing: int) -> Executor:
    return InlineExecutor() if missing <= FEW else chosen()


def _same(before: np.ndarray, now: np.ndarray) -> bool:
    return bool(among(now, before).all() and among(before, now).all())


def _tell(what: str) -> None:
    print(f"lookalike: {what}", file=sys.stderr)


def index_home(root: Path, folder: Path) -> Path:
    """Return where a project keeps the index of a folder."""
    place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
    name = ascii(folder.resolve().name)[1:-1].replace("\\", "_")
    return Layout(root).indexes / f"{name}-{place}"
