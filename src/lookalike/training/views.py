"""Inputs of the learning stages: the frozen stages' output on augmented crops."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lookalike.backbones.trunk import to_batch
from lookalike.kit.arrays import read_array, written_array
from lookalike.kit.errors import LookalikeError
from lookalike.kit.progress import track
from lookalike.kit.seals import set_aside
from lookalike.training.augment import Augment

FrozenStages = Callable[[np.ndarray], Tensor]
CHUNK = 32


class Views(Protocol):
    """Augmented views of the fitting images, as inputs of the learning part."""

    def batch(self, rows: np.ndarray, view: int) -> Tensor:
        """Return the given view of the given images, (n, ...)."""
        ...


class FreshViews:
    """Views made when they are asked for; every view number is a new one."""

    def __init__(self, crops: np.ndarray, augment: Augment, frozen: FrozenStages, seed: int) -> None:
        """Wire crops (n, size, size, 3) uint8 through the augmentation into the frozen stages."""
        self._crops, self._augment, self._frozen, self._seed = crops, augment, frozen, seed

    def batch(self, rows: np.ndarray, view: int) -> Tensor:
        """Return the frozen stages' output on a view of the images."""
        crops = to_batch(self._crops[rows], torch.device("cpu"))
        changed = self._augment(crops, rows.tolist(), view, self._seed)
        return self._frozen(changed.permute(0, 2, 3, 1).numpy())


class CachedViews:
    """Views computed once and kept on disk; view number v is view v modulo their count."""

    def __init__(self, path: Path, device: torch.device) -> None:
        """Map the cache that `fill` wrote."""
        self._kept = read_array(path, "delete it; training makes it again")
        self._device = device

    def batch(self, rows: np.ndarray, view: int) -> Tensor:
        """Return the cached output of the frozen stages of a view of the images, float32."""
        kept = self._kept[view % len(self._kept), rows]
        return torch.from_numpy(kept.astype(np.float32)).to(self._device)


def fill(path: Path, fresh: Views, n_images: int, n_views: int) -> None:
    """Write the first views (n_views, n_images, ...), unless an interrupted run has left them.

    Half precision for tokens, which are many; single for features.

    Raises:
        LookalikeError: a token is beyond half precision.
    """
    if path.exists() and not set_aside(path):
        return
    shape = fresh.batch(np.arange(1), 0).shape[1:]
    dtype = np.float16 if len(shape) > 1 else np.float32
    work = [(view, rows) for view in range(n_views) for rows in chunks(n_images)]
    with written_array(path, dtype, (n_views, n_images, *shape)) as kept:
        for view, rows in track(work, "encoding views"):
            kept[view, rows] = fresh.batch(rows, view).float().cpu().numpy()
            if not np.isfinite(kept[view, rows]).all():
                raise LookalikeError("frozen stages give values beyond half precision; set train.cached_views to 0")


def chunks(n: int, size: int = CHUNK) -> Iterator[np.ndarray]:
    """Yield 0..n-1 in order, `size` at a time."""
    for start in range(0, n, size):
        yield np.arange(start, min(start + size, n))
