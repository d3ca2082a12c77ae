"""ONNX graphs as published; they only run."""

from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.backbones.runtime import CompiledBackbone, read_network
from lookalike.params.models import Precision

if TYPE_CHECKING:
    import torch


def load(architecture: str, weights: Path, size: int, device: "torch.device", precision: Precision) -> CompiledBackbone:
    """Return a graph from (1 or n, 3, size, size) float32 RGB in 0..255 to (n, dim); `architecture` only names it."""
    del architecture, device, precision
    return CompiledBackbone(read_network(weights), size)
