from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from lookalike.catalog.table import Catalog
from lookalike.faces.fallback import central_face
from lookalike.faces.table import FaceTable
from lookalike.params.faces import FaceOptions
from lookalike.params.sample import SampleOptions
from lookalike.sample.dataset import draw, pictures, sitter

Album = Callable[[Mapping[str, np.ndarray]], tuple[Path, Catalog]]


@pytest.fixture(scope="session")
def portraits() -> list[np.ndarray]:
    """Two people of the embedded dataset, photographed and drawn: (224, 224, 3) uint8."""
    options = SampleOptions(
        seed=7,
        train_identities=1,
        test_identities=1,
        train_photographs=1,
        train_renderings=1,
        queries=1,
        gallery=2,
        image_size=224,
        jpeg_quality=90,
    )
    drawn = []
    for identity in (0, 1):
        head = sitter(options, identity)
        for picture in pictures(options, identity):
            data = np.frombuffer(draw(head, picture, options), np.uint8)
            drawn.append(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB))
    return drawn


@pytest.fixture
def album(tmp_path: Path) -> Album:
    """Write images as PNG under a folder and list them."""

    def write(images: Mapping[str, np.ndarray]) -> tuple[Path, Catalog]:
        names = sorted(images)
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(images[name]).save(tmp_path / name)
        return tmp_path, listed({name: images[name].shape[1::-1] for name in names})

    return write


def listed(sizes: Mapping[str, tuple[int, int]]) -> Catalog:
    """Return a catalogue of readable training images, given name -> width and height."""
    names = sorted(sizes)

    def column(value: object) -> np.ndarray:
        return np.array([value] * len(names), dtype=object)

    width, height = (np.array([sizes[name][axis] for name in names], dtype=np.int32) for axis in (0, 1))
    ids = np.array(names, dtype=object)
    return Catalog(ids, column("train"), column("real"), column("someone"), width, height, column("0"), column("ok"))


def central(images: Catalog) -> FaceTable:
    """Return the face table of images in none of which a face was found."""
    sizes = zip(images.width, images.height, strict=True)
    return FaceTable.of(images.image_id, [central_face(int(width), int(height)) for width, height in sizes])


@pytest.fixture
def options() -> FaceOptions:
    return FaceOptions(side=256, border=0.41, min_face=40.0, fine_min_face=24.0, pnet=0.4, rnet=0.5, onet=0.5)
