"""dlib's face recognition ResNet as torch stages, from the file that dlib publishes."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike.backbones.checkpoint import load_exactly
from lookalike.backbones.dlib_file import BLOCKS, DIM, SIZE, STEM_KERNEL, STEM_WIDTH, DlibNetwork, read_dlib
from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import Precision

# dlib/dnn/input.h: (pixel - average) / 256.
STD = (256.0,) * 3


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> TorchBackbone:
    """Return the 29-layer ResNet for 150-pixel chips, trained on three million faces (dlib.net, 2017).

    Raises:
        LookalikeError: the file is another, or the crop is of another size than the network was made for.
    """
    if size != SIZE:
        raise LookalikeError(f"dlib's {architecture} takes crops of {SIZE} pixels, not {size}; set crop.size to {SIZE}")
    return TorchBackbone(build(read_dlib(weights)), device, precision)


def build(network: DlibNetwork) -> Trunk:
    """Return the network with its weights in it."""
    stages: dict[str, nn.Module] = {
        "stem": nn.Sequential(nn.Conv2d(3, STEM_WIDTH, STEM_KERNEL, 2), nn.ReLU(), nn.MaxPool2d(3, 2)),
    }
    below = STEM_WIDTH
    for index, (width, halves) in enumerate(BLOCKS, start=1):
        stages[f"block{index}"], below = Block(below, width, halves), width
    stages["head"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Linear(below, DIM, bias=False))
    trunk = Trunk.of(stages, DIM, PixelScale(network.mean, STD))
    load_exactly(trunk, network.state, (), "dlib's ResNet")
    return trunk


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut; dlib's affine layers are folded into the convolutions.

    In a block that halves the image the shortcut is pooled. It may then be a row and a column larger than what stands
    beside it, and has fewer channels: what one side lacks counts as zero (dlib/dnn/layers.h, add_prev_).
    """

    def __init__(self, below: int, width: int, halves: bool) -> None:
        super().__init__()
        self.halves, self.more = halves, width - below
        self.first = nn.Conv2d(below, width, 3, stride=2 if halves else 1, padding=0 if halves else 1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, width, h', w') from (n, below, h, w)."""
        changed = self.second(functional.relu(self.first(x)))
        if self.halves:
            x = functional.avg_pool2d(x, 2)
            down, across = x.shape[2] - changed.shape[2], x.shape[3] - changed.shape[3]
            changed = functional.pad(changed, (0, across, 0, down))
            x = functional.pad(x, (0, 0, 0, 0, 0, self.more))
        return functional.relu(changed + x)
