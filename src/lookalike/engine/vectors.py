"""The vectors of images under one model or several: each image is read and decoded once, cut for each, and embedded."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.engine.batches import Batches
from lookalike.engine.engine import Images, complete
from lookalike.engine.executors.base import Executor, Part
from lookalike.engine.face_source import FaceSource, TabledFaces
from lookalike.engine.keys import Key
from lookalike.engine.model import Model
from lookalike.engine.reader import Image, prepared
from lookalike.engine.rows import Rows
from lookalike.engine.shown import shown, shown_one
from lookalike.engine.store import Store
from lookalike.faces.cut import cut
from lookalike.faces.table import FaceTable


@dataclass(frozen=True)
class VectorJob:
    """Embeds images and keeps their vectors.

    Attributes:
        folder: of the images.
        root: of all stores.
        faces: where their faces come from; None shows them whole.
        models: each with the key of its vectors.
    """

    folder: Path
    root: Path
    faces: FaceSource | None
    models: tuple[tuple[Model, Key], ...]

    def start(self) -> Callable[[Part], None]:
        """Load the models, and look at what is kept."""
        faces = self.faces.open() if self.faces is not None else None
        stores = [Store(self.root, key) for _, key in self.models]
        crops = [model.crop for model, _ in self.models]
        kept, batches = [store.lookup() for store in stores], [Batches(model.load()) for model, _ in self.models]

        def prepare(sha256: str, path: str, image: Image) -> list[tuple[np.ndarray, np.ndarray] | None]:
            face = faces.of(sha256, image, path) if faces is not None else None
            under = [shown_one(sha256, face, crop) for crop in crops]
            wanted = [not lookup.find(digest)[0].any() for lookup, digest in zip(kept, under, strict=True)]
            return [
                (digest, cut(image.pixels, face, crop)) if new else None
                for new, digest, crop in zip(wanted, under, crops, strict=True)
            ]

        def do(part: Part) -> None:
            if faces is not None:
                faces.begin(part)
            for chips in prepared(self.folder, part.images, prepare):
                for batch, chip in zip(batches, chips, strict=True):
                    if chip is not None:
                        batch.put(*chip)
            if faces is not None:
                faces.keep()
            for store, batch in zip(stores, batches, strict=True):
                store.add(batch.taken())

        return do

    def set_aside(self, part: Part, reason: str) -> None:
        """Keep why the image of a part has no vectors; where it has no face either, that alone."""
        ((sha256, path),) = part.images
        face = None
        if self.faces is not None:
            faces = self.faces.open()
            faces.begin(part)
            face = faces.of(sha256, None, path)
            if face is None:
                self.faces.set_aside(part, reason)
                return
        for model, key in self.models:
            store, digest = Store(self.root, key), shown_one(sha256, face, model.crop)
            if store.unknown(digest).any():
                store.add(Rows.aside(digest, reason))


def embed_known(root: Path, images: Images, faces: Path | None, model: Model, executor: Executor) -> Rows:
    """Return the vectors of images under a model; those that are not kept yet are computed.

    Args:
        root: of all stores.
        images: what is embedded.
        faces: a table of their faces, and of others maybe; None shows them whole.
        model: what embeds.
        executor: what does the work.
    """
    key = model.key()
    table = None if faces is None else FaceTable.read(faces).of_images(images.image_id)
    source = None if faces is None else TabledFaces(faces.absolute())
    job = VectorJob(images.folder.absolute(), root.absolute(), source, ((model.absolute(), key),))
    store, under = Store(root, key), shown(images.sha256, table, model.crop)
    return complete(
        job,
        lambda: images.distinct(store.unknown(under)),
        lambda: store.rows(under),
        executor,
        f"embedding with {model.name}",
        f"embed@{model.name}",
        model.device,
    )
