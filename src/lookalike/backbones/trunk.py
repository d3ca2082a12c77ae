"""A torch backbone as a chain of named stages, so that freezing, caching and training treat every family alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lookalike.backbones.base import Backbone
from lookalike.backbones.transfer import fetched, to_device
from lookalike.params.models import Precision

IMAGENET_MEAN = (0.485 * 255, 0.456 * 255, 0.406 * 255)
IMAGENET_STD = (0.229 * 255, 0.224 * 255, 0.225 * 255)


@dataclass(frozen=True)
class PixelScale:
    """What the encoder was trained on: (pixel - mean) / std for each channel, pixels in 0..255."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class Pixels(nn.Module):
    """First stage: uint8 (n, 3, h, w) RGB to the encoder's float range."""

    def __init__(self, scale: PixelScale) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(scale.mean).reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(scale.std).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, crops: Tensor) -> Tensor:
        """Return (n, 3, h, w) in the encoder's dtype, channels last, which convolutions run fastest on."""
        mean, std = self.get_buffer("mean"), self.get_buffer("std")
        scaled = (crops.to(torch.float32) - mean.float()) / std.float()
        return scaled.to(mean.dtype).contiguous(memory_format=torch.channels_last)


class Trunk(nn.Sequential):
    """Stages from pixels to features, shallow to deep.

    Attributes:
        dim: length of a feature.
    """

    dim: int

    @classmethod
    def of(cls, stages: Mapping[str, nn.Module], dim: int, scale: PixelScale) -> "Trunk":
        """Chain stages behind the pixel scaling."""
        trunk = cls()
        for name, stage in {"pixels": Pixels(scale), **stages}.items():
            trunk.add_module(name, stage)
        trunk.dim = dim
        return trunk.eval().to(memory_format=torch.channels_last)


class TorchBackbone(Backbone):
    """A trunk as a backbone: crops in, features out, no gradients."""

    def __init__(self, trunk: Trunk, device: torch.device, precision: Precision = "fp32") -> None:
        self.dim = trunk.dim
        self.device = device
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self.trunk = trunk.to(device=device, dtype=dtype)
        self.alone = device.type == "cpu"

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Return (n, dim) float32 features of (n, size, size, 3) uint8 crops."""
        return self.begin(crops)()

    @torch.inference_mode()
    def begin(self, crops: np.ndarray) -> Callable[[], np.ndarray]:
        """Queue (n, size, size, 3) uint8 crops, and return what waits for their (n, dim) float32 features."""
        self.trunk.eval()
        if not self.alone:
            return fetched(self.trunk(to_batch(crops, self.device)).float())
        # Only what OpenVINO cannot run comes here. Sums over a batch are rounded otherwise than over an image.
        rows = [self.trunk(to_batch(crops[row : row + 1], self.device)).float() for row in range(len(crops))]
        return fetched(torch.cat(rows) if rows else torch.empty(0, self.dim))


def to_batch(crops: np.ndarray, device: torch.device) -> Tensor:
    """Return (n, 3, size, size) uint8 on the device from (n, size, size, 3) uint8."""
    return to_device(crops, device).permute(0, 3, 1, 2)
