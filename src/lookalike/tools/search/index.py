"""Any folder of images as a gallery: what changed since the last time is looked at, and nothing else."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.table import FaceTable
from lookalike.kit.errors import LookalikeError
from lookalike.run.layout import Layout
from lookalike.tools.search.company import Company
from lookalike.tools.search.encoder import Encoder
from lookalike.tools.search.facerows import rows_of
from lookalike.tools.search.folder import list_folder
from lookalike.tools.search.gallery import Gallery
from lookalike.tools.search.inventory import Inventory, take_inventory
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.store import Store

# Images between two writes: what is lost when the work is cut short.
CHUNK = 512


@dataclass(frozen=True)
class Changes:
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


@dataclass(frozen=True)
class Indexed:
    """A folder that is ready to be searched, where its index is, and what was new."""

    gallery: Gallery
    home: Path
    changes: Changes


def update_index(run: SearchRun, folder: Path, encoder: Encoder) -> Indexed:
    """Bring the index of a folder up to date; cut short, it goes on from there the next time.

    Args:
        run: whose models embed, and whose project holds the index.
        folder: of images, at any depth.
        encoder: the run's detectors and models.

    Raises:
        LookalikeError: the folder holds no readable image, or a model cannot be loaded.
    """
    listing = list_folder(folder)
    home = index_home(run.root, folder)
    known = Inventory.read(home / "images.parquet")
    now = take_inventory(folder, listing.image_id, known)
    images = now.catalog.rows(now.catalog.ok)
    if len(images) == 0:
        raise LookalikeError(f"{folder}: none of its {len(now.catalog)} images can be read; nothing to search")
    store = Store(home, run)
    _complete(store, folder, images, encoder)
    gallery = _gallery(store, folder, images)
    # Last, so that whatever stands in it is known to be embedded.
    now.write(home / "images.parquet")
    store.prune(images.sha256)
    return Indexed(gallery, home, _changes(known.catalog, now.catalog, listing.refused))


def index_home(root: Path, folder: Path) -> Path:
    """Return where a project keeps the index of a folder."""
    place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
    name = ascii(folder.resolve().name)[1:-1].replace("\\", "_")
    return Layout(root).indexes / f"{name}-{place}"


def _complete(store: Store, folder: Path, images: Catalog, encoder: Encoder) -> None:
    """Find the faces and embeddings that the store lacks."""
    _, first = np.unique(images.sha256.astype(str), return_index=True)
    distinct = images.rows(np.sort(first))
    known = store.faces()
    for chunk in _chunks(distinct, known.image_id if known is not None else None):
        faces = encoder.find(folder, chunk, _company(store, distinct))
        if faces is None:
            break
        store.add_faces(_by_digest(faces, chunk))
    for model in store.run.tables:
        table = store.embeddings(model)
        for chunk in _chunks(distinct, table.image_id if table is not None else None):
            embedding = encoder.embed(model, folder, chunk, _faces_of(store, chunk))
            store.add_embeddings(model, chunk.sha256, embedding)


def _chunks(images: Catalog, known: np.ndarray | None) -> Iterator[Catalog]:
    """Yield the images whose digest is not known, a number at a time."""
    missing = images if known is None else images.rows(~np.isin(images.sha256, known))
    for start in range(0, len(missing), CHUNK):
        yield missing.rows(np.arange(start, min(start + CHUNK, len(missing))))


def _company(store: Store, images: Catalog) -> Company | None:
    known = store.faces()
    if known is None:
        return None
    neighbours = images.rows(np.isin(images.sha256, known.image_id))
    return Company(neighbours, _picked(known, neighbours))


def _faces_of(store: Store, images: Catalog) -> FaceTable | None:
    known = store.faces()
    return None if known is None else _picked(known, images)


def _picked(known: FaceTable, images: Catalog) -> FaceTable:
    """Return the faces of images, under the images' own ids."""
    return rows_of(known, np.searchsorted(known.image_id, images.sha256), images.image_id)


def _by_digest(faces: FaceTable, images: Catalog) -> FaceTable:
    order = np.argsort(images.sha256, kind="stable")
    return rows_of(faces, order, images.sha256[order])


def _gallery(store: Store, folder: Path, images: Catalog) -> Gallery:
    embedding = {}
    for model in store.run.tables:
        table = store.embeddings(model)
        assert table is not None, "every model has embedded at least one image"
        embedding[model] = table.embedding[np.searchsorted(table.image_id, images.sha256)]
    return Gallery(folder, images, _faces_of(store, images), embedding)


def _changes(before: Catalog, now: Catalog, refused: dict[str, str]) -> Changes:
    old, new = set(before.sha256[before.ok]), set(now.sha256[now.ok])
    known = np.isin(now.sha256[now.ok], sorted(old))
    gone = ~np.isin(before.sha256[before.ok], sorted(new))
    broken = dict(zip(now.image_id[~now.ok].tolist(), now.status[~now.ok].tolist(), strict=True))
    return Changes(int((~known).sum()), int(known.sum()), int(gone.sum()), dict(sorted((broken | refused).items())))
