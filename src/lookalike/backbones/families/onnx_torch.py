"""A published ONNX chain as trainable torch stages; checked against ONNX Runtime in the tests."""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import onnx
import onnx2torch
import torch
from onnx2torch.node_converters.activations import OnnxPReLU
from onnx2torch.node_converters.binary_math_operations import OnnxBinaryMathOperation
from torch import fx, nn

from lookalike.backbones.families.onnx import SCALES
from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import Precision

BLOCK = re.compile(r"conv_(\d+)_")
LAST = "head"


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> TorchBackbone:
    """Convert a graph on (n, 3, size, size) RGB pixels: a chain into its stages, one with branches into one stage."""
    del size
    trunk = whole(weights, SCALES[architecture]) if architecture in SCALES else build(weights)
    return TorchBackbone(trunk, device, precision)


def build(weights: Path) -> Trunk:
    """Return the chain cut into one stage for each block number in its node names, and a last one.

    Raises:
        LookalikeError: the graph branches, or does something that cannot be trained as a chain.
    """
    graph = onnx2torch.convert(onnx.load(str(weights)))
    arithmetic = [(op, value) for _, op, value in _layers(graph) if isinstance(op, OnnxBinaryMathOperation)]
    layers = [(name, layer) for name, layer, _ in _layers(graph) if not isinstance(layer, OnnxBinaryMathOperation)]
    stages = {
        stage: nn.Sequential(*(layer for _, layer in group)) for stage, group in groupby(layers, lambda x: _stage(x[0]))
    }
    dim = next(layer.out_features for _, layer in reversed(layers) if isinstance(layer, nn.Linear))
    return Trunk.of(stages, dim, _pixel_scale(arithmetic))


def whole(weights: Path, scale: tuple[float, float]) -> Trunk:
    """Return a graph of any form as one stage; it takes (pixel - scale[0]) / scale[1]."""
    graph = onnx2torch.convert(onnx.load(str(weights)))
    dim = next(layer.out_features for layer in reversed(list(graph.modules())) if isinstance(layer, nn.Linear))
    mean, std = ((value,) * 3 for value in scale)
    return Trunk.of({"graph": graph}, dim, PixelScale(mean, std))


def _stage(name: str) -> str:
    block = BLOCK.match(name)
    return f"block{block[1]}" if block else LAST


def _layers(graph: fx.GraphModule) -> Iterator[tuple[str, nn.Module, torch.Tensor | None]]:
    """Yield name, module and constant of every node of a chain."""
    previous: fx.Node | None = None
    for node in graph.graph.nodes:
        if node.op in ("placeholder", "call_module"):
            if previous is not None and node.args[0] is not previous:
                raise LookalikeError(f"ONNX graph branches at {node.name}; only a chain can be cut into stages")
            previous = node
        if node.op == "call_module":
            constant = _constant(graph, node)
            yield str(node.target), _module(graph.get_submodule(str(node.target)), constant), constant


def _constant(graph: fx.GraphModule, node: fx.Node) -> torch.Tensor | None:
    if len(node.args) < 2 or not isinstance(node.args[1], fx.Node):
        return None
    if node.args[1].op != "get_attr":
        raise LookalikeError(f"ONNX graph branches at {node.name}; only a chain can be cut into stages")
    owner, _, name = str(node.args[1].target).rpartition(".")
    return torch.as_tensor(getattr(graph.get_submodule(owner), name))


def _module(module: nn.Module, constant: torch.Tensor | None) -> nn.Module:
    if not isinstance(module, OnnxPReLU) or constant is None:
        return module
    activation = nn.PReLU(constant.numel())
    activation.weight.data = constant.reshape(-1).clone()
    return activation


def _pixel_scale(arithmetic: list[tuple[nn.Module, torch.Tensor | None]]) -> PixelScale:
    """Fold the graph's opening `(pixel - shift) * factor` into the pixel scaling."""
    match [float(value) for _, value in arithmetic if value is not None]:
        case []:
            shift, factor = 0.0, 1.0
        case [shift, factor]:
            pass
        case _:
            raise LookalikeError("ONNX graph holds arithmetic other than one opening (pixel - shift) * factor")
    return PixelScale((shift,) * 3, (1.0 / factor,) * 3)
