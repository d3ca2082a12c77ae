"""ONNX graphs as published; they only run."""

from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.backbones.base import Backbone
from lookalike.backbones.runtime import CompiledBackbone, read_network
from lookalike.params.models import Precision

if TYPE_CHECKING:
    import torch


def load(architecture: str, weights: Path, size: int, device: "torch.device", precision: Precision) -> Backbone:
    """Return a graph from (1 or n, 3, size, size) float32 RGB in 0..255 to (n, dim); `architecture` only names it.

    On a GPU it runs as the torch layers that `onnx_torch` makes of it.
    """
    if device.type == "cpu":
        return CompiledBackbone(read_network(weights), size)
    # Imported here, because the CPU needs no torch for it.
    from lookalike.backbones.families import onnx_torch

    return onnx_torch.load(architecture, weights, size, device, precision)
