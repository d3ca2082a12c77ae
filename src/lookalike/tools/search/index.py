"""Any folder of images as a gallery: what changed since the last time is embedded, and nothing else."""

import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.faces.table import FaceTable
from lookalike.kit.errors import FileFault, LookalikeError
from lookalike.run.layout import Layout
from lookalike.tools.search.decoded import DecodedImages
from lookalike.tools.search.encoder import Encoder
from lookalike.tools.search.folder import list_folder
from lookalike.tools.search.gallery import Gallery
from lookalike.tools.search.inventory import FolderChanges, Inventory, among, changes_between, take_inventory
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.store import Store, read_if_whole

# Images between two writes: what is lost when the work is cut short.
CHUNK = 512
# Pixels of these that are kept between finding faces and cutting for each model: all, up to 577 x 577 each.
KEPT_BYTES = 512_000_000


@dataclass(frozen=True)
class Indexed:
    """A folder that is ready to be searched, where its index is, and what was new."""

    gallery: Gallery
    home: Path
    changes: FolderChanges


def update_index(run: SearchRun, folder: Path, encoder: Encoder, wait: bool = True) -> Indexed:
    """Bring the index of a folder up to date; cut short, it goes on from there the next time.

    One process at a time writes an index. A second one waits for it, or works on what it finds whole.

    Args:
        run: whose models embed, and whose project holds the index.
        folder: of images, at any depth.
        encoder: the run's detectors and models.
        wait: whether to wait for another process that is writing, though some images could be searched already.

    Raises:
        LookalikeError: the folder holds no readable image, a model cannot be loaded, or the index cannot be written.
    """
    store = Store(index_home(run.root, folder), run)
    state = _look(store, folder)
    gallery = _gallery(store, folder, state.images)
    if len(gallery) < len(state.images) or not state.now.same_as(state.known):
        try:
            gallery = _written(store, folder, state, encoder, wait or not len(gallery)) or gallery
        except FileFault:
            # A project that may only be read can be searched all the same, once everything is embedded.
            if len(gallery) < len(state.images):
                raise
    return Indexed(gallery, store.home, changes_between(state.known, state.now, state.refused))


@dataclass(frozen=True)
class _State:
    """What an index knew of a folder, and what is in the folder now."""

    known: Inventory
    now: Inventory
    refused: dict[str, str]

    @property
    def images(self) -> Catalog:
        return self.now.catalog.rows(self.now.catalog.ok)


def _look(store: Store, folder: Path) -> _State:
    listed = list_folder(folder)
    known = read_if_whole(Inventory.read, _inventory(store)) or Inventory.empty()
    state = _State(known, take_inventory(folder, listed.image_id, known), listed.refused)
    if not state.now.catalog.ok.any():
        raise LookalikeError(f"{folder}: none of its {len(state.now.catalog)} images can be read; nothing to search")
    return state


def _written(store: Store, folder: Path, state: _State, encoder: Encoder, wait: bool) -> Gallery | None:
    """Write what the index lacks, and return all of the folder; None where another process is at it."""
    with store.writing() as lock:
        if not lock.take():
            if not wait:
                _tell(f"another program is writing the index of {folder}; what it has finished is searched")
                return None
            _tell(f"another program is writing the index of {folder}; waiting for it")
            lock.wait()
            state = _look(store, folder)
        _complete(store, folder, state.images, encoder)
        gallery = _gallery(store, folder, state.images)
        # Last, so that whatever stands in it is known to be embedded.
        state.now.write(_inventory(store))
        store.prune(state.images.sha256)
        return gallery


def _tell(what: str) -> None:
    print(f"lookalike: {what}", file=sys.stderr)


def _inventory(store: Store) -> Path:
    return store.home / "images.parquet"


def index_home(root: Path, folder: Path) -> Path:
    """Return where a project keeps the index of a folder."""
    place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
    name = ascii(folder.resolve().name)[1:-1].replace("\\", "_")
    return Layout(root).indexes / f"{name}-{place}"


def _complete(store: Store, folder: Path, images: Catalog, encoder: Encoder) -> None:
    """Find the faces and embeddings that the store lacks, a number of images at a time."""
    _, first = np.unique(images.sha256.astype(str), return_index=True)
    distinct = images.rows(np.sort(first))
    for chunk in _incomplete(store, distinct):
        read = DecodedImages(folder, KEPT_BYTES)
        faceless = chunk.rows(_unknown(store.faces(), chunk))
        faces = encoder.find(read, faceless) if len(faceless) else None
        if faces is not None:
            store.add_faces(_by_digest(faces, faceless))
        for model in store.run.tables:
            new = chunk.rows(_unknown(store.embeddings(model), chunk))
            if len(new):
                store.add_embeddings(model, new.sha256, encoder.embed(model, read, new, _faces_of(store, new)))


def _incomplete(store: Store, images: Catalog) -> Iterator[Catalog]:
    """Yield the images of which something is not known yet, a number at a time."""
    tables: list[FaceTable | EmbeddingTable | None] = [store.embeddings(model) for model in store.run.tables]
    if store.run.params.dataset.crop:
        tables.append(store.faces())
    missing = images.rows(np.any([_unknown(table, images) for table in tables], axis=0))
    for start in range(0, len(missing), CHUNK):
        yield missing.rows(np.arange(start, min(start + CHUNK, len(missing))))


def _unknown(table: FaceTable | EmbeddingTable | None, images: Catalog) -> np.ndarray:
    """Tell which images (n,) a table does not know by their digest."""
    return np.ones(len(images), dtype=bool) if table is None else ~among(images.sha256, table.image_id)


def _faces_of(store: Store, images: Catalog) -> FaceTable | None:
    known = store.faces()
    return None if known is None else _picked(known, images)


def _picked(known: FaceTable, images: Catalog) -> FaceTable:
    """Return the faces of images, under the images' own ids."""
    return replace(known.rows(np.searchsorted(known.image_id, images.sha256)), image_id=images.image_id)


def _by_digest(faces: FaceTable, images: Catalog) -> FaceTable:
    order = np.argsort(images.sha256, kind="stable")
    return replace(faces.rows(order), image_id=images.sha256[order])


def _gallery(store: Store, folder: Path, images: Catalog) -> Gallery:
    """Return the images of which everything is known; each table is read once, as another process may replace it."""
    faces = store.faces()
    tables = {model: store.embeddings(model) for model in store.run.tables}
    needed = [*tables.values(), *([faces] if store.run.params.dataset.crop else [])]
    whole = images.rows(~np.any([_unknown(table, images) for table in needed], axis=0))
    embedding = {
        model: table.embedding[np.searchsorted(table.image_id, whole.sha256)]
        for model, table in tables.items()
        if table is not None
    }
    return Gallery(folder, whole, None if faces is None else _picked(faces, whole), embedding)
