"""torchvision's ResNets."""

from pathlib import Path

import torch
import torchvision
from torch import nn

from lookalike.backbones.checkpoint import State, load_exactly, read_state
from lookalike.backbones.trunk import IMAGENET_MEAN, IMAGENET_STD, PixelScale, TorchBackbone, Trunk
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import Precision

ARCHITECTURES = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> TorchBackbone:
    """Return a ResNet's pooled features; any input size."""
    del size
    return TorchBackbone(build(architecture, read_state(weights)), device, precision)


def build(architecture: str, state: State) -> Trunk:
    """Return the ResNet `architecture` with `state` in it, its classifier left out."""
    if architecture not in ARCHITECTURES:
        raise LookalikeError(f"unknown torchvision network {architecture}; known: {', '.join(ARCHITECTURES)}")
    net = torchvision.models.get_model(architecture, weights=None)
    dim = net.fc.in_features
    net.fc = nn.Identity()
    load_exactly(net, state, ("fc.",), architecture)
    stages = {
        "stem": nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool),
        **{f"block{i}": net.get_submodule(f"layer{i}") for i in (1, 2, 3, 4)},
        "head": nn.Sequential(net.avgpool, nn.Flatten(1)),
    }
    return Trunk.of(stages, dim, PixelScale(IMAGENET_MEAN, IMAGENET_STD))
