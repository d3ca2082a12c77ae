import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.faces.table import Face
from lookalike.kit.errors import LookalikeError
from lookalike.kit.images.decode import decode
from lookalike.tools.search.answer import Answer, FoundFace, Match, Seen
from lookalike.tools.search.photograph import Photo, Photograph, told

FACE = FoundFace((20.0, 10.0, 60.0, 70.0), np.array([[30, 30], [50, 30], [40, 45], [32, 58], [48, 58]]), "mtcnn")


@dataclass
class FakeSearcher:
    """A searcher's interface over a folder: the order is the ids', turned round for `dlib`; it notes how it is used."""

    folder: Path
    systems: tuple[str, ...] = ("dlib", "sface")
    photos: list[Path] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def faces(self, photo: Photo) -> list[Face]:
        """Two faces, the second one a step to the right of the first."""
        points = FACE.landmarks.astype(np.float32)
        boxes = np.add([FACE.box, FACE.box], [[0], [5]]).astype(np.float32)
        return [Face("mtcnn", 0.9, box, points + step) for box, step in zip(boxes, (0, 5), strict=True)]

    def see(self, photo: Photo, system: str, face: Face | None = None) -> Photograph:
        self.photos.append(photo.path)
        self.modes.append(photo.path.stat().st_mode & 0o777)
        height, width, _ = photo("", None).shape
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.02)
        with self.lock:
            self.at_once -= 1
        # The second face is an embedding of its own, which turns the order round.
        turned = np.full((1, 1), 1.0 if face is None else -1.0, np.float32)
        return Photograph(width, height, FACE if face is None else told(face), {system: turned})

    def search_seen(self, photographs: Sequence[Photograph], system: str, top: int) -> Answer:
        first, *others = (Seen(seen.width, seen.height, seen.face) for seen in photographs)
        matches = self._matches(system, top, True, photographs[0].embedding[system][0, 0] < 0)
        return Answer(system, first.width, first.height, first.face, matches, tuple(others))

    def search_by(self, image_id: str, system: str, top: int) -> Answer:
        height, width, _ = decode(self.image_path(image_id)).shape
        others = tuple(match for match in self._matches(system, top + 1, False) if match.image_id != image_id)
        return Answer(system, width, height, None, others[:top])

    def image_path(self, image_id: str) -> Path:
        if image_id not in self._ids():
            raise LookalikeError(f"{image_id}: not in the gallery at {self.folder}")
        return self.folder / image_id

    def _ids(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.*"))

    def _matches(self, system: str, top: int, calibrated: bool, turned: bool = False) -> tuple[Match, ...]:
        if system not in self.systems:
            raise LookalikeError(f"unknown model {system!a}; the run has {', '.join(self.systems)}")
        if system == "broken":
            raise RuntimeError("secret of the machine")
        ids = self._ids()[:: -1 if (system == "dlib") != turned else 1][:top]
        return tuple(
            Match(name, self.folder / name, 0.9 - 0.05 * place, 0.95 - 0.1 * place if calibrated else None)
            for place, name in enumerate(ids)
        )


@pytest.fixture
def searcher(tmp_path: Path) -> FakeSearcher:
    folder = tmp_path / "gallery"
    (folder / "people").mkdir(parents=True)
    for number in range(12):
        colour = (20 * number, 90, 255 - 20 * number)
        Image.new("RGB", (600, 400), colour).save(folder / "people" / f"face {number:02}.png")
    return FakeSearcher(folder)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "me & you.jpg"
    Image.new("RGB", (80, 100), "orange").save(path)
    return path
