"""Where a worker that embeds has faces from: a table here, the store and the detectors in `engine.faces`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lookalike.engine.executors.base import Part
from lookalike.engine.reader import Image
from lookalike.faces.table import Face, FaceTable


class OpenFaces(Protocol):
    """Where a worker has faces from."""

    def begin(self, part: Part) -> None:
        """Make ready for the images of a part."""
        ...

    def of(self, sha256: str, image: Image | None, path: str) -> Face | None:
        """Return the face of an image of the part; None where it is not known yet and no image is given."""
        ...

    def keep(self) -> None:
        """Keep what was found of the part."""
        ...


class FaceSource(Protocol):
    """Where faces come from, as any process can open it."""

    def open(self) -> OpenFaces:
        """Make it ready, in a worker's process."""
        ...

    def set_aside(self, part: Part, reason: str) -> None:
        """Keep why the image of a part has no face."""
        ...


@dataclass(frozen=True)
class TabledFaces:
    """Faces that stand in a table, by image id."""

    path: Path

    def open(self) -> OpenFaces:
        """Read the table."""
        return _OpenTable(FaceTable.read(self.path))

    def set_aside(self, part: Part, reason: str) -> None:
        """Do nothing: every image has a face."""


class _OpenTable:
    def __init__(self, table: FaceTable) -> None:
        self._table = table
        self._row = {name: row for row, name in enumerate(table.image_id)}

    def begin(self, part: Part) -> None:
        pass

    def of(self, sha256: str, image: Image | None, path: str) -> Face | None:
        return self._table.face(self._row[path])

    def keep(self) -> None:
        pass
