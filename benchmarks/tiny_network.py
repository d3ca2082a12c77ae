"""A network that is made in a moment and learns: for tests and for `benchmarks.crash`."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def network(size: int) -> onnx.ModelProto:
    """Return a chain of three convolutions, named as SFace names its blocks, and a linear layer."""
    rng, nodes, weights, previous, channels = np.random.default_rng(0), [], [], "data", 3
    for i, width in enumerate((8, 12, 16), start=1):
        kernel = rng.normal(0, (channels * 9) ** -0.5, (width, channels, 3, 3)).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, f"kernel{i}"))
        inputs, output = [previous, f"kernel{i}"], f"conv_{i}_out"
        nodes.append(helper.make_node("Conv", inputs, [output], f"conv_{i}_conv", strides=[2, 2], pads=[1] * 4))
        nodes.append(helper.make_node("Relu", [output], [f"conv_{i}_active"], f"conv_{i}_relu"))
        previous, channels = f"conv_{i}_active", width
    nodes.append(helper.make_node("Flatten", [previous], ["flat"], "flatten"))
    weights.append(numpy_helper.from_array(rng.normal(0, 0.1, (64, 32)).astype(np.float32), "last"))
    weights.append(numpy_helper.from_array(np.zeros(32, np.float32), "bias"))
    nodes.append(helper.make_node("Gemm", ["flat", "last", "bias"], ["features"], "linear"))
    image = helper.make_tensor_value_info("data", TensorProto.FLOAT, ["n", 3, size, size])
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 32])
    graph = helper.make_graph(nodes, "tiny", [image], [features], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
