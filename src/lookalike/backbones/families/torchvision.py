"""torchvision's ResNets and ConvNeXts."""

from pathlib import Path

import torch
import torchvision
from torch import nn

from lookalike.backbones.checkpoint import State, load_exactly, read_state
from lookalike.backbones.trunk import IMAGENET_MEAN, IMAGENET_STD, PixelScale, TorchBackbone, Trunk
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import Precision

RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
CONVNEXTS = ("convnext_tiny", "convnext_small", "convnext_base", "convnext_large")
ARCHITECTURES = (*RESNETS, *CONVNEXTS)


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> TorchBackbone:
    """Return pooled features; any input size."""
    del size
    return TorchBackbone(build(architecture, read_state(weights)), device, precision)


def build(architecture: str, state: State) -> Trunk:
    """Return the network `architecture` with `state` in it, its classifier left out."""
    if architecture not in ARCHITECTURES:
        raise LookalikeError(f"unknown torchvision network {architecture}; known: {', '.join(ARCHITECTURES)}")
    net = torchvision.models.get_model(architecture, weights=None)
    classifier, stages = ("fc", _resnet) if architecture in RESNETS else ("classifier.2", _convnext)
    dim = net.get_submodule(classifier).in_features
    net.set_submodule(classifier, nn.Identity())
    load_exactly(net, state, (f"{classifier}.",), architecture)
    return Trunk.of(stages(net), dim, PixelScale(IMAGENET_MEAN, IMAGENET_STD))


def _resnet(net: nn.Module) -> dict[str, nn.Module]:
    return {
        "stem": nn.Sequential(*(net.get_submodule(name) for name in ("conv1", "bn1", "relu", "maxpool"))),
        **{f"block{i}": net.get_submodule(f"layer{i}") for i in (1, 2, 3, 4)},
        "head": nn.Sequential(net.get_submodule("avgpool"), nn.Flatten(1)),
    }


def _convnext(net: nn.Module) -> dict[str, nn.Module]:
    """Return stem, the four stages, each with what halves the image before it, and pooling with its norm."""
    stem, *layers = net.get_submodule("features").children()
    pairs = [layers[:1], *(layers[i : i + 2] for i in (1, 3, 5))]
    blocks = {f"block{i}": nn.Sequential(*pair) for i, pair in enumerate(pairs)}
    norm = net.get_submodule("classifier.0")
    return {"stem": stem, **blocks, "head": nn.Sequential(net.get_submodule("avgpool"), norm, nn.Flatten(1))}
