"""Random transforms of training crops, in pixel space, decided by the image and the view only."""

import hashlib
from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as tvf

from lookalike.params.train import AugmentOptions

Transform = Callable[[Tensor], Tensor]


class Augment:
    """A chain of random transforms of uint8 crops."""

    def __init__(self, options: AugmentOptions, size: int) -> None:
        """Build the chain for crops of `size` pixels; transforms with probability 0 are left out."""
        transforms: dict[str, Transform] = {
            # Those of the study.
            "crop": v2.RandomResizedCrop(size, scale=(0.7, 1.0), ratio=(0.9, 1.1), antialias=True),
            "flip": tvf.horizontal_flip,
            "affine": v2.RandomAffine(15, translate=(0.1, 0.1), scale=(0.9, 1.1)),
            "jitter": v2.ColorJitter(0.4, 0.4, 0.2, 0.1),
            # Those that make photographs and drawings more alike.
            "tint": tint,
            "gray": lambda crop: tvf.rgb_to_grayscale(crop, num_output_channels=3),
            "posterize": posterize,
            "edge": pencil,
            "blur": v2.GaussianBlur(5, sigma=(0.5, 2.0)),
            "erase": v2.RandomErasing(p=1.0, scale=(0.02, 0.2)),
        }
        chances = {name: float(getattr(options, name)) for name in transforms}
        self._steps = [(chances[name], transform) for name, transform in transforms.items() if chances[name] > 0]

    def __call__(self, crops: Tensor, keys: list[int], view: int, seed: int) -> Tensor:
        """Return transformed crops (n, 3, h, w) uint8.

        Args:
            crops: (n, 3, h, w) uint8.
            keys: n numbers that name the images; the same image and view always get the same transforms, whatever batch
                or process they are in.
            view: which of an image's views this is.
            seed: the run's seed.
        """
        if not self._steps:
            return crops
        with torch.random.fork_rng(devices=[]):
            return torch.stack([self._transform(c, _seed_of(k, view, seed)) for c, k in zip(crops, keys, strict=True)])

    def _transform(self, crop: Tensor, seed: int) -> Tensor:
        torch.manual_seed(seed)
        for chance, transform in self._steps:
            if torch.rand(()) < chance:
                crop = transform(crop)
        return crop


def _seed_of(key: int, view: int, seed: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}:{view}:{key}".encode(), digest_size=7).digest())


def posterize(crop: Tensor) -> Tensor:
    """Keep the 2 to 4 highest bits of every channel."""
    return tvf.posterize(crop, bits=int(torch.randint(2, 5, ())))


def tint(crop: Tensor) -> Tensor:
    """Multiply each channel by 0.7 to 1.3 and shift it by up to 25 levels."""
    gain, shift = torch.empty(3, 1, 1).uniform_(0.7, 1.3), torch.empty(3, 1, 1).uniform_(-25, 25)
    return (crop * gain + shift).clamp(0, 255).to(torch.uint8)


def pencil(crop: Tensor) -> Tensor:
    """Return dark lines on white where brightness changes: 255 minus the Sobel magnitude, in three equal channels."""
    gray = tvf.rgb_to_grayscale(crop).float().unsqueeze(0)
    kernel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    both = torch.stack([kernel, kernel.T]).unsqueeze(1)
    padded = torch.nn.functional.pad(gray, (1, 1, 1, 1), mode="replicate")
    magnitude = torch.nn.functional.conv2d(padded, both).square().sum(dim=1).sqrt()
    return (255 - magnitude).clamp(0, 255).to(torch.uint8).expand(3, -1, -1)
