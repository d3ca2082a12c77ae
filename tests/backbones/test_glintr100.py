"""AuraFace-v1's form: an ONNX graph with branches that leaves the scaling of pixels to the caller.

A small graph of its layers, with random weights, against ONNX Runtime on pixels scaled as InsightFace does.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from lookalike.backbones.compiled import load_to_embed
from lookalike.backbones.families import onnx as onnx_family
from lookalike.backbones.families import onnx_torch
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import BackboneOptions

SIZE, WIDTH, DIM = 112, 4, 16


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Convolution, batch norm and PReLU with a shortcut around the second, then a matrix and a batch norm."""
    rng = np.random.default_rng(0)
    tensors = {
        "w1": rng.normal(0, 0.2, (WIDTH, 3, 3, 3)),
        "w2": rng.normal(0, 0.2, (WIDTH, WIDTH, 3, 3)),
        "slope": np.full((WIDTH, 1, 1), 0.25),
        "fc": rng.normal(0, 0.05, (DIM, WIDTH * (SIZE // 8) ** 2)),
        "bias": rng.normal(0, 1, DIM),
        **{f"{name}{i}": rng.uniform(0.5, 1.5, n) for i, n in ((1, WIDTH), (2, DIM)) for name in ("s", "b", "m", "v")},
    }
    nodes = [
        helper.make_node("Conv", ["input.1", "w1"], ["a"], strides=[8, 8], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["a", "s1", "b1", "m1", "v1"], ["b"]),
        helper.make_node("PRelu", ["b", "slope"], ["c"]),
        helper.make_node("Conv", ["c", "w2"], ["d"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["d", "c"], ["e"]),
        helper.make_node("Flatten", ["e"], ["f"]),
        helper.make_node("Gemm", ["f", "fc", "bias"], ["g"], transB=1),
        helper.make_node("BatchNormalization", ["g", "s2", "b2", "m2", "v2"], ["1333"]),
    ]
    made = helper.make_graph(
        nodes,
        "iresnet",
        [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, ["None", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("1333", TensorProto.FLOAT, ["None", DIM])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in tensors.items()],
    )
    path = tmp_path_factory.mktemp("glintr100") / "glintr100.onnx"
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 11)], ir_version=6), path)
    return path


def expected(graph: Path, crops: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    scaled = (crops.transpose(0, 3, 1, 2).astype(np.float32) - 127.5) / 127.5
    return session.run(None, {"input.1": scaled})[0]


def test_it_runs_on_scaled_pixels(graph: Path, crops: np.ndarray) -> None:
    backbone = onnx_family.load("glintr100", graph, SIZE, torch.device("cpu"), "fp32")
    assert backbone.dim == DIM
    np.testing.assert_allclose(backbone.embed(crops), expected(graph, crops), rtol=1e-3, atol=1e-4)


def test_it_is_the_same_from_the_cache_of_networks(graph: Path, crops: np.ndarray) -> None:
    options = BackboneOptions(family="onnx", architecture="glintr100", weights="auraface")
    for _ in ("made", "read"):
        found = load_to_embed(options, SIZE, graph, "cpu").embed(crops)
        np.testing.assert_allclose(found, expected(graph, crops), rtol=1e-3, atol=1e-4)


def test_on_a_gpu_and_for_exports_it_is_one_torch_stage(graph: Path, crops: np.ndarray) -> None:
    backbone = onnx_torch.load("glintr100", graph, SIZE, torch.device("cpu"), "fp32")
    assert backbone.dim == DIM
    np.testing.assert_allclose(backbone.embed(crops), expected(graph, crops), rtol=1e-3, atol=1e-4)
    with pytest.raises(LookalikeError, match="branches at"):
        onnx_torch.build(graph)
