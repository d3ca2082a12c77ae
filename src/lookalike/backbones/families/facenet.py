"""FaceNet as facenet-pytorch publishes it: InceptionResnetV1 on 160-pixel crops."""

from pathlib import Path

import torch
from facenet_pytorch import InceptionResnetV1
from torch import nn

from lookalike.backbones.checkpoint import State, load_exactly, read_state
from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.params.models import Precision

# facenet_pytorch.fixed_image_standardization.
PIXELS = PixelScale((127.5,) * 3, (128.0,) * 3)
DIM = 512
STEM = ("conv2d_1a", "conv2d_2a", "conv2d_2b", "maxpool_3a", "conv2d_3b", "conv2d_4a", "conv2d_4b")
BLOCKS = ("repeat_1", "mixed_6a", "repeat_2", "mixed_7a", "repeat_3", "block8")


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> TorchBackbone:
    """Return InceptionResnetV1's 512-d features; `architecture` only names the training set."""
    del architecture, size
    return TorchBackbone(build(read_state(weights)), device, precision)


def build(state: State) -> Trunk:
    """Return the network with `state` in it, its classifier over the training identities left out."""
    net = InceptionResnetV1(pretrained=None, classify=False).eval()
    load_exactly(net, state, ("logits.",), "InceptionResnetV1")
    stages = {
        "stem": nn.Sequential(*(net.get_submodule(name) for name in STEM)),
        **{name: net.get_submodule(name) for name in BLOCKS},
        "head": nn.Sequential(net.avgpool_1a, nn.Flatten(1), net.dropout, net.last_linear, net.last_bn),
    }
    return Trunk.of(stages, DIM, PIXELS)
