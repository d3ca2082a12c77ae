"""Random transforms of training crops, in pixel space, decided by the image and the view only."""

import hashlib
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as tvf

from lookalike.params.train import AugmentOptions

Change = Callable[[Tensor], Tensor]
# Takes a crop for its shape, draws every random number, and returns what changes the pixels of such a crop.
Draw = Callable[[Tensor], Change]


class Augment:
    """A chain of random transforms of uint8 crops.

    Random numbers are drawn apart from the work on pixels: torch has one generator for all threads, and only work that
    leaves it alone can be done beside a training step.
    """

    def __init__(self, options: AugmentOptions, size: int) -> None:
        """Build the chain for crops of `size` pixels; transforms with probability 0 are left out."""
        transforms: dict[str, Draw] = {
            # Those of the study.
            "crop": _drawn_by(v2.RandomResizedCrop(size, scale=(0.7, 1.0), ratio=(0.9, 1.1), antialias=True)),
            "flip": lambda _: tvf.horizontal_flip,
            "affine": _drawn_by(v2.RandomAffine(15, translate=(0.1, 0.1), scale=(0.9, 1.1))),
            "jitter": _drawn_by(v2.ColorJitter(0.4, 0.4, 0.2, 0.1)),
            # Those that make photographs and drawings more alike.
            "tint": tint,
            "gray": lambda _: partial(tvf.rgb_to_grayscale, num_output_channels=3),
            "posterize": posterize,
            "edge": lambda _: pencil,
            "blur": _drawn_by(v2.GaussianBlur(5, sigma=(0.5, 2.0))),
            "erase": _drawn_by(v2.RandomErasing(p=1.0, scale=(0.02, 0.33), ratio=(0.3, 3.3))),
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
        return torch.stack([work() for work in self.drawn(crops, keys, view, seed)])

    def drawn(self, crops: Tensor, keys: list[int], view: int, seed: int) -> list[Callable[[], Tensor]]:
        """Draw the random numbers, and return the work on each crop's pixels that is left, to be done in any thread."""
        with torch.random.fork_rng(devices=[]):
            chosen = [self._draw(c, _seed_of(k, view, seed)) for c, k in zip(crops, keys, strict=True)]
        return [partial(_changed, crop, changes) for crop, changes in zip(crops, chosen, strict=True)]

    def _draw(self, crop: Tensor, seed: int) -> list[Change]:
        # `torch.manual_seed` would seed GPUs anew too, and with them the step's dropout.
        torch.default_generator.manual_seed(seed)
        return [draw(crop) for chance, draw in self._steps if torch.rand(()) < chance]


def _changed(crop: Tensor, changes: list[Change]) -> Tensor:
    for change in changes:
        crop = change(crop)
    return crop


def _drawn_by(transform: v2.Transform) -> Draw:
    """Draw what the transform would draw, in its order."""

    def draw(crop: Tensor) -> Change:
        if isinstance(transform, v2.RandomErasing):
            torch.rand(1)  # whether to erase at all: always, at p=1, but the number is drawn
        numbers = transform.make_params([crop])
        return lambda pixels: transform.transform(pixels, numbers)

    return draw


def _seed_of(key: int, view: int, seed: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}:{view}:{key}".encode(), digest_size=7).digest())


def posterize(_: Tensor) -> Change:
    """Keep the 2 to 4 highest bits of every channel."""
    return partial(tvf.posterize, bits=int(torch.randint(2, 5, ())))


def tint(_: Tensor) -> Change:
    """Multiply each channel by 0.7 to 1.3 and shift it by up to 25 levels."""
    gain, shift = torch.empty(3, 1, 1).uniform_(0.7, 1.3), torch.empty(3, 1, 1).uniform_(-25, 25)
    return lambda crop: (crop * gain + shift).clamp(0, 255).to(torch.uint8)


def pencil(crop: Tensor) -> Tensor:
    """Return dark lines on white where brightness changes: 255 minus the Sobel magnitude, in three equal channels."""
    gray = tvf.rgb_to_grayscale(crop).float().unsqueeze(0)
    kernel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    both = torch.stack([kernel, kernel.T]).unsqueeze(1)
    padded = torch.nn.functional.pad(gray, (1, 1, 1, 1), mode="replicate")
    magnitude = torch.nn.functional.conv2d(padded, both).square().sum(dim=1).sqrt()
    return (255 - magnitude).clamp(0, 255).to(torch.uint8).expand(3, -1, -1)
