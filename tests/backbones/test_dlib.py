"""dlib's ResNet in torch against dlib itself, which reads the same file."""

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import dlib as oracle
import numpy as np
import pytest
import torch
from torch import nn

from lookalike.backbones.dlib_file import read_dlib
from lookalike.backbones.families import dlib
from lookalike.backbones.trunk import TorchBackbone
from lookalike.kit.errors import LookalikeError
from lookalike.params.sample import SampleOptions
from lookalike.sample.dataset import draw, pictures, sitter
from tests.backbones.learning import losses_of_two_steps

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def backbone(dlib_weights: Path) -> TorchBackbone:
    return dlib.load("resnet29", dlib_weights, 150, CPU, "fp32")


@pytest.fixture(scope="module")
def chips() -> np.ndarray:
    """Drawn faces in colours and sketched, noise, black and white: (n, 150, 150, 3) uint8."""
    options = SampleOptions(train_photographs=2, train_renderings=2)
    drawn = []
    for identity in range(3):
        head = sitter(options, identity)
        for picture in pictures(options, identity):
            image = cv2.imdecode(np.frombuffer(draw(head, picture, options), np.uint8), cv2.IMREAD_COLOR_RGB)
            drawn.append(cv2.resize(image, (150, 150), interpolation=cv2.INTER_AREA))
    noise = np.random.default_rng(0).integers(0, 256, (2, 150, 150, 3), dtype=np.uint8)
    return np.stack([*drawn, *noise, np.zeros_like(noise[0]), np.full_like(noise[0], 255)])


def test_features_are_dlibs(backbone: TorchBackbone, chips: np.ndarray, dlib_weights: Path) -> None:
    network = oracle.face_recognition_model_v1(str(dlib_weights))
    expected = np.array([np.asarray(vector) for vector in network.compute_face_descriptor(list(chips))])
    found = backbone.embed(chips)
    assert found.shape == (len(chips), 128) and np.abs(expected).max() > 0.3
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_batch_is_embedded_as_one_by_one(backbone: TorchBackbone, chips: np.ndarray) -> None:
    alone = np.concatenate([backbone.embed(chips[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(backbone.embed(chips[:3]), alone, atol=1e-5)


def test_it_has_the_published_size(backbone: TorchBackbone) -> None:
    layers = [layer for layer in backbone.trunk.modules() if isinstance(layer, nn.Conv2d)]
    assert len(layers) == 29
    assert [name for name, _ in backbone.trunk.named_children()] == [
        "pixels",
        "stem",
        *(f"block{i}" for i in range(1, 15)),
        "head",
    ]


def test_every_stage_learns(dlib_weights: Path, chips: np.ndarray) -> None:
    trunk = dlib.build(read_dlib(dlib_weights)).train()
    crops = torch.from_numpy(chips[:4]).permute(0, 3, 1, 2)
    target = torch.randn(4, 128, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.SGD(trunk.parameters(), lr=1e-2)
    losses = losses_of_two_steps(trunk, crops, target, optimizer)
    assert losses[1] < losses[0]
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in trunk.parameters())


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def damage(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return damage


STEM = b"\x01\x02\x02\x80\x12" + b"\x01\x01" * 3
DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda data: b"", "ends too early"),
    "cut off": (lambda data: data[:-1], "ends too early"),
    "half": (lambda data: data[: len(data) // 2], "ends too early"),
    "a byte more": (lambda data: data + b"\x00", "end of the file"),
    "another loss": (replaced(b"loss_metric_2", b"loss_metric_1"), "text is b'loss_metric_1'"),
    "another layer": (replaced(b"con_4", b"con_5"), "text is b'con_5'"),
    "another shape": (replaced(STEM, STEM.replace(b"\x80", b"\x81")), "tensor is 4737 where 4736"),
    "no number": (replaced(STEM + b"\x4d\x45\xf0\xbc", STEM + b"\x00\x00\xc0\x7f"), "no numbers"),
    "an odd flag": (replaced(b"relu_110", b"relu_210"), "flags"),
    "an infinite mean": (replaced(b"\x03\x62\x90\xf5\x81\x11", b"\x01\x00\x02\x00\x7d\x11"), "no finite number"),
    "no integer": (lambda data: b"\x00" + data[1:], "no integer"),
    "a pickle": (lambda data: b"\x80\x04K\x01." + data, "no integer"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_any_other_file_is_refused(name: str, dlib_weights: Path, tmp_path: Path) -> None:
    damage, reason = DAMAGES[name]
    (tmp_path / "net.dat").write_bytes(damage(dlib_weights.read_bytes()))
    with pytest.raises(LookalikeError, match=f"not dlib's face recognition ResNet v1: .*{re.escape(reason)}"):
        read_dlib(tmp_path / "net.dat")


def test_a_landmark_file_is_refused(dlib_weights: Path) -> None:
    with pytest.raises(LookalikeError, match="not dlib's face recognition ResNet"):
        read_dlib(dlib_weights.with_name("shape_predictor_5_face_landmarks.dat"))


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match="dvc repro"):
        read_dlib(tmp_path / "none.dat")


def test_a_crop_of_another_size_is_refused(dlib_weights: Path) -> None:
    with pytest.raises(LookalikeError, match="crops of 150 pixels, not 112"):
        dlib.load("resnet29", dlib_weights, 112, CPU, "fp32")
