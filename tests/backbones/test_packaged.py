"""The backbones whose weights come with the installation, on their real weights."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import pytest
import timm
import torch

from lookalike.backbones.checkpoint import read_state
from lookalike.backbones.families import efficientnet_lite, onnx, onnx_torch
from lookalike.kit.errors import LookalikeError

CPU = torch.device("cpu")


def by_onnx_runtime(path: Path, crops: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    planes = crops.transpose(0, 3, 1, 2).astype(np.float32)
    return np.concatenate([session.run(None, {"data": image[None]})[0] for image in planes])


def test_sface_is_the_published_graph(sface: Path, crops: np.ndarray) -> None:
    found, expected = onnx.load("sface", sface, 112, CPU, "fp32").embed(crops), by_onnx_runtime(sface, crops)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_sface_is_opencvs(sface: Path, crops: np.ndarray) -> None:
    recognizer = cv2.FaceRecognizerSF.create(str(sface), "")
    expected = np.concatenate([recognizer.feature(crop[:, :, ::-1]) for crop in crops])
    backbone = onnx.load("sface", sface, 112, CPU, "fp32")
    assert backbone.dim == 128
    np.testing.assert_allclose(backbone.embed(crops), expected, atol=1e-4)


def test_trainable_sface_is_the_onnx_graph(sface: Path, crops: np.ndarray) -> None:
    backbone = onnx_torch.load("sface", sface, 112, CPU, "fp32")
    np.testing.assert_allclose(backbone.embed(crops), by_onnx_runtime(sface, crops), atol=1e-4)
    names = [name for name, _ in backbone.trunk.named_children()]
    assert names == ["pixels", *(f"block{i}" for i in range(1, 15)), "head"]


def test_bf16_points_the_same_way(sface: Path, crops: np.ndarray) -> None:
    full, half = (onnx_torch.load("sface", sface, 112, CPU, p).embed(crops) for p in ("fp32", "bf16"))
    cosine = (full * half).sum(1) / np.linalg.norm(full, axis=1) / np.linalg.norm(half, axis=1)
    assert cosine.min() > 0.99


def test_lite0_maps_every_tensor(lite0: Path) -> None:
    state = read_state(lite0)
    net = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    renamed = efficientnet_lite.rename(state, [len(stage) for stage in net.blocks])
    own = net.state_dict()
    assert {name: value.shape for name, value in renamed.items()} == {n: v.shape for n, v in own.items()}
    # The last check on the names: each stands where the port's own order puts it.
    assert list(renamed) == list(own)


def test_lite0_recognises_a_ball(lite0: Path) -> None:
    """With its own classifier on top, the network names an orange disc on white as ImageNet does."""
    state = read_state(lite0)
    backbone = efficientnet_lite.load("tf_efficientnet_lite0", lite0, 224, CPU, "fp32")
    row, column = np.mgrid[:224, :224]
    disc = (row - 112) ** 2 + (column - 112) ** 2 < 80**2
    ball = np.where(disc[..., None], np.uint8([230, 120, 30]), np.uint8([250, 250, 250]))[None]
    logits = torch.from_numpy(backbone.embed(ball)) @ state["_fc.weight"].T + state["_fc.bias"]
    ping_pong_ball = 722
    assert logits.argmax().item() == ping_pong_ball


def test_unknown_lite_names_the_known(lite0: Path) -> None:
    with pytest.raises(LookalikeError, match="known: tf_efficientnet_lite0"):
        efficientnet_lite.load("lite9", lite0, 224, CPU, "fp32")
