"""Test-time views: a crop and transformed copies of it, in pixel space."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lookalike.params.models import ViewOptions

if TYPE_CHECKING:
    # torchvision takes seconds to import, and most recipes show a crop as it is.
    import torch

Transform = Callable[["torch.Tensor"], "torch.Tensor"]


def views_of(crops: np.ndarray, options: ViewOptions) -> Iterator[np.ndarray]:
    """Yield every view of a batch of crops, the crops themselves first.

    Args:
        crops: (n, size, size, 3) uint8.
        options: which views; those that come in pairs are both made, so nothing is random.
    """
    yield crops
    if options == ViewOptions():
        return
    import torch

    images = torch.from_numpy(np.array(crops)).permute(0, 3, 1, 2)
    for transform in _transforms(options, crops.shape[1]):
        yield transform(images).permute(0, 2, 3, 1).numpy()


def _transforms(options: ViewOptions, size: int) -> Iterator[Transform]:
    from torchvision.transforms.v2 import functional as tvf

    if options.flip:
        yield tvf.horizontal_flip
    for sign in (-1, 1):
        if options.rotate:
            yield partial(tvf.rotate, angle=sign * options.rotate, interpolation=tvf.InterpolationMode.BILINEAR)
        if options.brightness:
            yield partial(tvf.adjust_brightness, brightness_factor=1 + sign * options.brightness)
    if options.zoom:
        inner = max(round(size * (1 - options.zoom)), 1)
        yield lambda images: tvf.resize(tvf.center_crop(images, [inner, inner]), [size, size], antialias=True)
