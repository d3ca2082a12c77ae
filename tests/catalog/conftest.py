from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.params.datasets import DatasetOptions

Paint = Callable[[str, int], Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "raw" / "zoo"


@pytest.fixture
def paint(root: Path) -> Paint:
    """Write a small picture under the dataset's root; the same seed gives the same bytes."""

    def write(image_id: str, seed: int) -> Path:
        path = root / image_id
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    return write


@pytest.fixture
def zoo(root: Path, paint: Paint) -> Path:
    """Two training identities in two styles, two queries, three gallery images; labels by prefix."""
    names = (
        "train/pig/real_01.jpg",
        "train/pig/synthetic_01.png",
        "train/pigeon/real_02.jpg",
        "train/pigeon/drawing_02.jpg",
        "test/query/pig_0001.jpg",
        "test/query/pigeon_0002.jpg",
        "test/gallery/pig_0001.jpg",
        "test/gallery/pig_0003.png",
        "test/gallery/pigeon_0002.jpg",
    )
    for seed, name in enumerate(names):
        paint(name, seed)
    return root


@pytest.fixture
def recipe() -> DatasetOptions:
    return DatasetOptions(
        crop=False, labels="prefix", precision_k=0, real_pattern="real_*", synthetic_pattern="synthetic_*"
    )
