import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from lookalike.catalog.table import Catalog
from lookalike.faces.candidates import Candidates
from lookalike.faces.canvas import Canvas
from lookalike.faces.find import find_faces
from lookalike.faces.mtcnn import Mtcnn
from lookalike.faces.pixels import file_reader
from lookalike.faces.templates import ARCFACE
from lookalike.kit.errors import LookalikeError
from lookalike.kit.workers import VARIABLE
from lookalike.params.faces import FaceOptions
from tests.faces.conftest import Album, listed


def faceless(portrait: np.ndarray) -> np.ndarray:
    """Return a picture with no face in it, of the portrait's size."""
    return np.full_like(portrait, 127)


def mixed(portraits: list[np.ndarray]) -> dict[str, np.ndarray]:
    large = cv2.resize(portraits[0], (2000, 1500), interpolation=cv2.INTER_CUBIC)
    return {
        "blank.png": faceless(portraits[0]),
        "gray.png": cv2.cvtColor(portraits[0], cv2.COLOR_RGB2GRAY),
        "large.png": large,
        "portrait.png": portraits[0],
        "tiny.png": portraits[0][:8, :8],
        "wide.png": cv2.copyMakeBorder(portraits[1], 0, 0, 150, 150, cv2.BORDER_CONSTANT),
    }


def test_every_image_gets_a_face_whatever_its_size(
    album: Album, portraits: list[np.ndarray], options: FaceOptions
) -> None:
    root, images = album(mixed(portraits))
    faces = find_faces(file_reader(root), images, options)
    found = dict(zip(faces.image_id, faces.found, strict=True))
    assert [name for name, seen in found.items() if not seen] == ["blank.png", "tiny.png"]
    relative = faces.landmarks / np.stack([images.width, images.height], axis=1)[:, None]
    where = dict(zip(faces.image_id, relative, strict=True))
    assert np.allclose(where["large.png"], where["portrait.png"], atol=0.03)
    assert np.allclose(where["gray.png"], where["portrait.png"], atol=0.03)
    assert np.allclose(where["blank.png"], where["tiny.png"])


def test_the_number_of_workers_changes_nothing(
    album: Album, portraits: list[np.ndarray], options: FaceOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root, images = album({f"{i:02d}.png": portraits[i % len(portraits)] for i in range(20)})
    written = []
    for workers in ("1", "3"):
        monkeypatch.setenv(VARIABLE, workers)
        find_faces(file_reader(root), images, options).write(tmp_path / workers)
        written.append((tmp_path / workers).read_bytes())
    assert written[0] == written[1]


def test_an_images_face_depends_on_the_image_alone(
    album: Album, portraits: list[np.ndarray], options: FaceOptions
) -> None:
    """In another order, in parts and beside images of other sizes, the same bytes."""
    pictures = mixed(portraits) | {f"narrow{i}.png": one[:, 30:-20] for i, one in enumerate(portraits)}
    root, images = album(pictures)

    def found(root: Path, some: Catalog) -> dict[str, bytes]:
        faces = find_faces(file_reader(root), some, options)
        seen = zip(some.image_id, faces.points, faces.score, strict=True)
        return {Path(name).name: points.tobytes() + score.tobytes() for name, points, score in seen}

    whole, every = found(root, images), np.arange(len(images))
    assert len(whole) == len(pictures)
    assert found(root, images.rows(every[::2])) | found(root, images.rows(every[1::2])) == whole
    assert {
        name: face for row in every for name, face in found(root, images.rows(every[row : row + 1])).items()
    } == whole
    turned = {f"{len(pictures) - rank:02d}/{name}": pictures[name] for rank, name in enumerate(sorted(pictures))}
    assert found(*album(turned)) == whole


def test_a_large_photograph_is_searched_at_a_smaller_scale_and_answered_in_its_own_pixels(
    tmp_path: Path, portraits: list[np.ndarray], options: FaceOptions
) -> None:
    large = cv2.resize(portraits[0], (2003, 1501), interpolation=cv2.INTER_CUBIC)
    for name, quality in (("large.jpg", 95), ("large.png", 0)):
        Image.fromarray(large).save(tmp_path / name, **({"quality": quality} if quality else {}))
    images, read, sizes = listed({"large.jpg": (2003, 1501), "large.png": (2003, 1501)}), file_reader(tmp_path), []

    def watched(image_id: str, side: int | None = None) -> np.ndarray:
        pixels = read(image_id, side)
        sizes.append((image_id, *pixels.shape[:2]))
        return pixels

    jpeg, png = find_faces(watched, images, options).landmarks
    assert set(sizes) == {("large.jpg", 376, 501), ("large.png", 1501, 2003)}
    assert np.abs(jpeg - png).max() < 0.01 * 2003


def test_no_torch_is_loaded(tmp_path: Path) -> None:
    code = "import sys, lookalike.faces.find; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_small_face_in_a_large_image_is_looked_for_more_closely(
    album: Album, portraits: list[np.ndarray], options: FaceOptions
) -> None:
    scene = np.full((1200, 1200, 3), 90, np.uint8)
    scene[500:724, 500:724] = portraits[0]
    root, images = album({"scene.png": scene})
    blunt = options.model_copy(update={"fine_min_face": options.min_face, "side": 128})
    sharp = blunt.model_copy(update={"fine_min_face": 12.0})
    assert not find_faces(file_reader(root), images, blunt).found[0]
    faces = find_faces(file_reader(root), images, sharp)
    assert faces.found[0]
    assert ((faces.landmarks[0] > 500) & (faces.landmarks[0] < 724)).all()


def detecting(monkeypatch: pytest.MonkeyPatch, canvas: np.ndarray, instead: Callable[[Candidates], Candidates]) -> None:
    """Let MTCNN see something else on one canvas."""
    detect = Mtcnn.detect

    def changed(self: Mtcnn, seen: Canvas) -> Candidates:
        faces = detect(self, seen)
        return instead(faces) if (seen.pixels == canvas).all() else faces

    monkeypatch.setattr(Mtcnn, "detect", changed)


def test_what_the_detectors_miss_is_looked_for_in_the_usual_place(
    album: Album, portraits: list[np.ndarray], options: FaceOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, images = album({f"{i}.png": portraits[0] for i in range(4)} | {"blind.png": portraits[1]})
    blind = Canvas.of(portraits[1], options.side, options.border).pixels
    whole = find_faces(file_reader(root), images, options)
    detecting(monkeypatch, blind, lambda faces: faces.rows(np.zeros(0, int)))
    guessed = find_faces(file_reader(root), images, options.model_copy(update={"yunet": 1.0}))
    nothing = find_faces(file_reader(root), images, options.model_copy(update={"yunet": 1.0, "guess": 1.0}))
    row = images.image_id.tolist().index("blind.png")
    assert guessed.detector.tolist() == [*["mtcnn"] * 4, "guess"]
    assert nothing.detector[row] == "centre"
    assert np.abs(guessed.landmarks[row] - whole.landmarks[row]).max() < 8


def test_a_speck_taken_for_a_face_gives_way_to_the_face_in_the_usual_place(
    album: Album, portraits: list[np.ndarray], options: FaceOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, images = album({f"{i}.png": portraits[0] for i in range(5)} | {"speck.png": portraits[1]})
    speck = Candidates(
        np.array([[150, 150, 170, 170]], np.float32),
        np.array([0.9], np.float32),
        (150 + 20 * ARCFACE[None]).astype(np.float32),
    )
    misleading = Canvas.of(portraits[1], options.side, options.border).pixels
    right = find_faces(file_reader(root), images, options)
    detecting(monkeypatch, misleading, lambda _: speck)
    faces = find_faces(file_reader(root), images, options)
    assert faces.detector.tolist() == [*["mtcnn"] * 5, "guess"]
    assert np.abs(faces.landmarks[5] - right.landmarks[5]).max() < 8


def test_yunet_is_asked_where_mtcnn_finds_none(album: Album, portraits: list[np.ndarray], options: FaceOptions) -> None:
    root, images = album({"a.png": portraits[0], "b.png": portraits[1]})
    deaf = options.model_copy(update={"onet": 0.999999})
    faces = find_faces(file_reader(root), images, deaf)
    assert faces.detector.tolist() == ["yunet", "yunet"]
    assert np.abs(faces.landmarks - find_faces(file_reader(root), images, options).landmarks).max() < 8


def test_a_file_that_changed_since_the_catalogue_is_named(
    album: Album, portraits: list[np.ndarray], options: FaceOptions
) -> None:
    root, images = album({"fine.png": portraits[0], "spoilt.png": portraits[1]})
    (root / "spoilt.png").write_bytes(b"not a picture any more")
    with pytest.raises(LookalikeError, match=r"spoilt\.png.*changed since"):
        find_faces(file_reader(root), images, options)


def test_an_empty_catalogue_gives_an_empty_table(tmp_path: Path, options: FaceOptions) -> None:
    assert len(find_faces(file_reader(tmp_path), listed({}), options)) == 0
