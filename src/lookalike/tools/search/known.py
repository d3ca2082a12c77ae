"""What the store knows of a folder's images under a run's models, and how the rest becomes known."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.engine.engine import Images, complete
from lookalike.engine.executors.base import Executor
from lookalike.engine.faces import FaceJob, FoundFaces, face_key, face_table
from lookalike.engine.rows import Rows
from lookalike.engine.shown import shown
from lookalike.engine.store import Missing, Store
from lookalike.engine.vectors import VectorJob
from lookalike.faces.table import FaceTable
from lookalike.run.layout import Layout
from lookalike.tools.search.gallery import Gallery
from lookalike.tools.search.run import SearchRun

Value = TypeVar("Value")


@dataclass(frozen=True)
class Known:
    """What is known of images.

    Attributes:
        gallery: those of which everything is.
        missing: (n,) bool of all: images of which something is to be computed.
        aside: image id -> why it is left out, of images that no worker could do.
    """

    gallery: Gallery
    missing: np.ndarray
    aside: dict[str, str]


class KnownImages:
    """A folder's readable images, and the stores that hold their faces and vectors."""

    def __init__(self, run: SearchRun, folder: Path, catalog: Catalog) -> None:
        """Name the stores; nothing is read yet.

        Args:
            run: whose recipes count.
            folder: what image ids are relative to.
            catalog: n rows with status ok.
        """
        self._catalog, self._root = catalog, Layout(run.root).store.absolute()
        self._images = Images(folder, catalog.image_id, catalog.sha256)
        models = [run.model(name).absolute() for name in run.tables]
        self._models = {model.name: (model, model.key()) for model in models}
        options = run.params.faces
        self._faces = (
            FaceJob(folder.absolute(), self._root, options, face_key(options)) if run.params.dataset.crop else None
        )
        self._vectors = {name: Store(self._root, key) for name, (_, key) in self._models.items()}

    def missing(self) -> np.ndarray:
        """Return of which images (n,) something is to be computed; no vector is read for that."""
        return _again(lambda: self._seen().missing)

    def now(self) -> Known:
        """Return what is known at this moment; a damaged shard is set aside, and its images are missing."""
        return _again(self._now)

    def complete(self, executor: Executor) -> Known:
        """Compute what is missing, each image read and decoded once for all models, and return what is known then."""
        faces = None if self._faces is None else FoundFaces(self._faces)
        job = VectorJob(self._images.folder.absolute(), self._root, faces, tuple(self._models.values()))
        return complete(job, lambda: self._images.distinct(self.missing()), self._whole, executor, "embedding images")

    def _whole(self) -> Known:
        known = self.now()
        if known.missing.any():
            raise Missing(f"{self._images.folder}: {int(known.missing.sum())} images are not known")
        return known

    def _now(self) -> Known:
        seen, ids = self._seen(), self._catalog.image_id
        rows = {name: self._vectors[name].rows(digest[seen.whole]) for name, digest in seen.under.items()}
        done = np.all([part.ok for part in rows.values()], axis=0)
        place, aside = seen.place[seen.whole], dict(seen.aside)
        for part in rows.values():
            aside |= _reasons(ids[place], part)
        gallery = Gallery(
            self._images.folder,
            self._catalog.rows(place[done]),
            None if seen.faces is None else seen.faces.rows(np.flatnonzero(seen.whole)[done]),
            {name: part.values["embedding"][done] if len(part) else _nothing() for name, part in rows.items()},
        )
        return Known(gallery, seen.missing, aside)

    def _seen(self) -> "_Seen":
        place, faces, aside = self._with_a_face()
        under = {
            name: shown(self._catalog.sha256[place], faces, model.crop) for name, (model, _) in self._models.items()
        }
        whole = ~np.any([self._vectors[name].unknown(digest) for name, digest in under.items()], axis=0)
        missing = ~np.isin(self._catalog.image_id.astype(str), list(aside))
        missing[place[whole]] = False
        return _Seen(place, faces, under, whole, aside, missing)

    def _with_a_face(self) -> tuple[np.ndarray, FaceTable | None, dict[str, str]]:
        """Return the rows (k,) of images that can be cut, their faces, and why others never can be."""
        if self._faces is None:
            return np.arange(len(self._catalog)), None, {}
        store = Store(self._root, self._faces.key)
        known = np.flatnonzero(~store.unknown(self._images.digest))
        rows = store.rows(self._images.digest[known])
        ids, size = self._catalog.image_id[known], self._catalog.size[known]
        return known[rows.ok], face_table(ids[rows.ok], rows.take(rows.ok), size[rows.ok]), _reasons(ids, rows)


@dataclass(frozen=True)
class _Seen:
    """What digests alone say.

    Attributes:
        place: (k,) rows of images that can be cut.
        faces: their faces; None where images are shown whole.
        under: model -> (k,) digests that their vectors stand under.
        whole: (k,) bool: every model knows them.
        aside: image id -> why there is no face.
        missing: (n,) bool of all images.
    """

    place: np.ndarray
    faces: FaceTable | None
    under: dict[str, np.ndarray]
    whole: np.ndarray
    aside: dict[str, str]
    missing: np.ndarray


def _again(look: Callable[[], Value]) -> Value:
    """Look until no shard turns out to be damaged meanwhile."""
    while True:
        try:
            return look()
        except Missing:
            continue


def _reasons(ids: np.ndarray, rows: Rows) -> dict[str, str]:
    """Return image id -> why it is set aside, of rows (n,) and the ids (n,) of their images."""
    aside = zip(ids[~rows.ok], rows.status[~rows.ok], strict=True)
    return {str(name): str(reason) for name, reason in aside}


def _nothing() -> np.ndarray:
    return np.zeros((0, 0), dtype=np.float32)
