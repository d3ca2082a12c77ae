"""Inputs of the learning stages: the frozen stages' output on augmented crops."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lookalike.backbones.base import in_turn
from lookalike.backbones.transfer import fetched, to_device
from lookalike.backbones.trunk import to_batch
from lookalike.kit.arrays import read_array, written_array
from lookalike.kit.digests import set_aside
from lookalike.kit.errors import LookalikeError
from lookalike.kit.progress import track
from lookalike.kit.workers import worker_count
from lookalike.training.augment import Augment

FrozenStages = Callable[[np.ndarray], Tensor]
CHUNK = 32


class Views(Protocol):
    """Augmented views of the fitting images, as inputs of the learning part."""

    def begin(self, rows: np.ndarray, view: int) -> Callable[[], Tensor]:
        """Begin to make the given view of the given images, and return what waits for it, (n, ...)."""
        ...


class FreshViews:
    """Views augmented in threads when they are asked for; every view number is a new one."""

    def __init__(self, crops: np.ndarray, augment: Augment, frozen: FrozenStages, seed: int) -> None:
        """Wire crops (n, size, size, 3) uint8 through the augmentation into the frozen stages."""
        self._crops, self._augment, self._frozen, self._seed = crops, augment, frozen, seed
        self._threads = ThreadPoolExecutor(worker_count(), "augment")

    def begin(self, rows: np.ndarray, view: int) -> Callable[[], Tensor]:
        """Augment beside whatever the caller goes on with; the frozen stages run when the result is waited for."""
        crops = to_batch(self._crops[rows], torch.device("cpu"))
        drawn = self._augment.drawn(crops, rows.tolist(), view, self._seed)
        changed = [self._threads.submit(work) for work in drawn]
        return lambda: self._frozen(torch.stack([crop.result() for crop in changed]).permute(0, 2, 3, 1).numpy())


class CachedViews:
    """Views computed once and kept on disk; view number v is view v modulo their count."""

    def __init__(self, path: Path, device: torch.device) -> None:
        """Map the cache that `fill` wrote."""
        self._kept = read_array(path, "delete it; training makes it again")
        self._device = device

    def begin(self, rows: np.ndarray, view: int) -> Callable[[], Tensor]:
        """Read the cached output of the frozen stages of a view of the images, float32."""
        values = to_device(self._kept[view % len(self._kept), rows], self._device)
        return values.float


class SomeViews:
    """Views of some of the images, which are numbered anew."""

    def __init__(self, views: Views, rows: np.ndarray) -> None:
        """Pick the images `rows` (n,) of those that the views are of."""
        self._views, self._rows = views, rows

    def begin(self, rows: np.ndarray, view: int) -> Callable[[], Tensor]:
        """Begin to make the given view of images by their new numbers."""
        return self._views.begin(self._rows[rows], view)


class PlainViews:
    """The frozen stages' output on crops as they are; there is one view."""

    def __init__(self, crops: np.ndarray, frozen: FrozenStages) -> None:
        """Wire crops (n, size, size, 3) uint8 into the frozen stages."""
        self._crops, self._frozen = crops, frozen

    def begin(self, rows: np.ndarray, view: int) -> Callable[[], Tensor]:
        """Run the frozen stages when the result is waited for."""
        return lambda: self._frozen(self._crops[rows])


def fill(path: Path, fresh: Views, n_images: int, n_views: int, exact: bool = False) -> None:
    """Write the first views (n_views, n_images, ...), unless an interrupted run has left them.

    Half precision for tokens, which are many, unless they are wanted exact; single for features.

    Raises:
        LookalikeError: a token is beyond half precision.
    """
    if path.exists() and not set_aside(path):
        return
    shape = fresh.begin(np.arange(1), 0)().shape[1:]
    dtype = np.float16 if len(shape) > 1 and not exact else np.float32
    work = [(view, rows) for view in range(n_views) for rows in chunks(n_images)]
    encoded = in_turn(fetched(values.float()) for values in in_turn(fresh.begin(rows, view) for view, rows in work))
    with written_array(path, dtype, (n_views, n_images, *shape)) as kept:
        for (view, rows), values in zip(track(work, "encoding views"), encoded, strict=True):
            kept[view, rows] = values
            if not np.isfinite(kept[view, rows]).all():
                raise LookalikeError("frozen stages give values beyond half precision; set train.cached_views to 0")


def chunks(n: int, size: int = CHUNK) -> Iterator[np.ndarray]:
    """Yield 0..n-1 in order, `size` at a time."""
    for start in range(0, n, size):
        yield np.arange(start, min(start + size, n))
