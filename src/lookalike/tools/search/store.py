"""Faces and embeddings by the digest of the image's bytes: a renamed file or a copy is known already."""

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from lookalike.embedding.table import EmbeddingTable
from lookalike.faces.table import FaceTable
from lookalike.kit.digests import Damaged, rename_damaged
from lookalike.kit.errors import file_faults
from lookalike.kit.files import sha256_file
from lookalike.kit.sources import code_digest
from lookalike.tools.search.inventory import among
from lookalike.tools.search.run import SearchRun

Table = TypeVar("Table")


@dataclass(frozen=True)
class Store:
    """Tables of one indexed folder, whose image ids are digests. Each is named by the digest of all that made it.

    Attributes:
        home: the index's folder.
        run: whose recipes and weights count.
    """

    home: Path
    run: SearchRun

    @contextmanager
    def writing(self) -> Iterator["WriterLock"]:
        """Open the lock that one writer at a time holds; readers need none, since every table is replaced whole.

        Raises:
            FileFault: the index's folder may not be written.
        """
        path = self.home / "lock"
        with file_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            yield WriterLock(handle)
        finally:
            os.close(handle)

    def faces(self) -> FaceTable | None:
        """Return the known faces; None where there are none yet."""
        return read_if_whole(FaceTable.read, self._faces)

    def add_faces(self, faces: FaceTable) -> None:
        """Keep faces of images that are not known yet."""
        known = self.faces()
        (faces if known is None else known.joined(faces)).write(self._faces)

    def embeddings(self, model: str) -> EmbeddingTable | None:
        """Return the known embeddings of a model; None where there are none yet."""
        return read_if_whole(EmbeddingTable.read, self._embeddings(model))

    def add_embeddings(self, model: str, digest: np.ndarray, embedding: np.ndarray) -> None:
        """Keep the embeddings (n, dim) of images that are not known yet, by their digests (n,)."""
        known = self.embeddings(model)
        if known is not None:
            digest, embedding = np.concatenate([known.image_id, digest]), np.concatenate([known.embedding, embedding])
        order = np.argsort(digest, kind="stable")
        keys = {"split": "gallery", "domain": "synthetic", "label": None}
        same = {name: np.full(len(digest), value, dtype=object) for name, value in keys.items()}
        table = EmbeddingTable(
            image_id=digest[order], **same, embedding=embedding[order], metadata=self.run.tables[model].metadata
        )
        table.write(self._embeddings(model))

    def prune(self, digest: np.ndarray) -> None:
        """Forget every image but those of some digests, and all that other params or code made."""
        faces = self.faces()
        if faces is not None and not (kept := among(faces.image_id, digest)).all():
            faces.rows(kept).write(self._faces)
        for model in self.run.tables:
            table = self.embeddings(model)
            if table is not None and not (kept := among(table.image_id, digest)).all():
                table.rows(kept).write(self._embeddings(model))
        for path in self._outdated():
            path.unlink()

    def _outdated(self) -> Iterator[Path]:
        for path in (self._faces, *map(self._embeddings, self.run.tables)):
            yield from (other for other in path.parent.glob("*.parquet") if other != path)

    @property
    def _faces(self) -> Path:
        return self.home / "faces" / f"{_short(self._face_key)}.parquet"

    def _embeddings(self, model: str) -> Path:
        return self.home / "embeddings" / model / f"{_short(self._embedding_key(model))}.parquet"

    @property
    def _face_key(self) -> str:
        params = self.run.params
        return f"{params.faces.model_dump_json()} {code_digest('faces/find.py')}" if params.dataset.crop else "whole"

    def _embedding_key(self, model: str) -> str:
        """Return all that an embedding depends on; the run's own table names weights, training and preprocessing."""
        about = sorted(self.run.tables[model].metadata.items())
        # How it was trained shows in what training left; how many images share a batch shows nowhere.
        recipe = self.run.params.models[model]
        blocks = recipe.model_dump_json(exclude={"train": True, "embed": {"batch"}})
        trained = sha256_file(self.run.trained(model))
        family = f"backbones/families/{recipe.backbone.family}.py"
        code = code_digest("faces/cut.py", "embedding/embedder.py", family)
        return f"{about} {blocks} {trained} {self._face_key} {code}"


class WriterLock:
    """An open file that the kernel locks for one process, and unlocks however that ends."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def take(self) -> bool:
        """Take it if no other process has it, and tell whether it is had."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
            # A disk without locks: whoever writes there keeps to one program by hand.
        return True

    def wait(self) -> None:
        """Take it once no other process has it."""
        fcntl.flock(self._handle, fcntl.LOCK_EX)


def read_if_whole(read: Callable[[Path], Table], path: Path) -> Table | None:
    """Return a table of an index; None where there is none, or a damaged one, which is named and set aside."""
    try:
        return read(path) if path.exists() else None
    except Damaged as error:
        rename_damaged(path, error)
        return None


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
