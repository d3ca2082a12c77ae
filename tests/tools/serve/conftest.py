import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.kit.errors import LookalikeError
from lookalike.kit.images.decode import decode
from lookalike.tools.search.answer import Answer, FoundFace, Match
from lookalike.tools.search.photograph import Photo

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

    def search_photo(self, photo: Photo, system: str, top: int) -> Answer:
        self.photos.append(photo.path)
        self.modes.append(photo.path.stat().st_mode & 0o777)
        height, width, _ = photo("", None).shape
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.02)
        with self.lock:
            self.at_once -= 1
        return Answer(system, width, height, FACE, self._matches(system, top, True))

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

    def _matches(self, system: str, top: int, calibrated: bool) -> tuple[Match, ...]:
        if system not in self.systems:
            raise LookalikeError(f"unknown model {system!a}; the run has {', '.join(self.systems)}")
        if system == "broken":
            raise RuntimeError("secret of the machine")
        ids = self._ids()[:: -1 if system == "dlib" else 1][:top]
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
