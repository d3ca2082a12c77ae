"""ONNX graphs as published; they only run."""

from pathlib import Path
from typing import TYPE_CHECKING

import openvino as ov

from lookalike.backbones.base import Backbone
from lookalike.backbones.runtime import CompiledBackbone, read_network
from lookalike.params.models import Precision

if TYPE_CHECKING:
    import torch

# Graphs that leave it to the caller to take pixels to (pixel - mean) / std, by architecture. glintr100: ResNet-100 of
# InsightFace (model_zoo/arcface_onnx.py), as AuraFace-v1 is one.
SCALES = {"glintr100": (127.5, 127.5)}


def load(architecture: str, weights: Path, size: int, device: "torch.device", precision: Precision) -> Backbone:
    """Return a graph from (1 or n, 3, size, size) RGB pixels to (n, dim); `architecture` says how it takes them.

    On a GPU it runs as the torch layers that `onnx_torch` makes of it.
    """
    if device.type == "cpu":
        return CompiledBackbone(network(architecture, weights), size)
    # Imported here, because the CPU needs no torch for it.
    from lookalike.backbones.families import onnx_torch

    return onnx_torch.load(architecture, weights, size, device, precision)


def network(architecture: str, weights: Path) -> ov.Model:
    """Return the published graph, made to take float32 RGB in 0..255 where it does not."""
    model = read_network(weights)
    if architecture not in SCALES:
        return model
    mean, std = SCALES[architecture]
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input().preprocess().mean(mean).scale(std)
    return steps.build()
