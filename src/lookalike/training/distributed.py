"""One training run on several processes, each with its share of every batch (torchrun)."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol, TypeVar, cast

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_gather
from torch.nn.parallel import DistributedDataParallel

from lookalike.kit.errors import LookalikeError

Value = TypeVar("Value")
# The others wait while the first fills a cache or assesses an epoch.
PATIENCE = timedelta(days=1)
GATHER: Callable[[Tensor], tuple[Tensor, ...]] = all_gather


class Processes(Protocol):
    """Who trains together."""

    def share(self, rows: np.ndarray) -> np.ndarray:
        """Return this process's part of a batch (n,), as many rows as any other's."""
        ...

    def gather(self, features: Tensor) -> Tensor:
        """Return everyone's features (n, dim), in the batch's order; gradients flow back to where they came from."""
        ...

    def wrap(self, module: nn.Module, skips: bool) -> nn.Module:
        """Return the module made to average its gradients over the processes; `skips`: some steps use a part of it."""
        ...

    def from_first(self, work: Callable[[], Value]) -> Value:
        """Do the work in the first process alone; every process waits and returns its result."""
        ...


class Alone:
    """One process: everything is its own."""

    def share(self, rows: np.ndarray) -> np.ndarray:
        """Return all rows."""
        return rows

    def gather(self, features: Tensor) -> Tensor:
        """Return the features as they are."""
        return features

    def wrap(self, module: nn.Module, skips: bool) -> nn.Module:
        """Return the module as it is."""
        del skips
        return module

    def from_first(self, work: Callable[[], Value]) -> Value:
        """Do the work."""
        return work()


ALONE = Alone()


class Together:
    """Several processes of a torch process group.

    Every process computes head and loss on the whole gathered batch, so each one's gradient of a feature is the full
    one; the gathering's backward pass adds up n such, and the average over n processes undoes that exactly.
    """

    def __init__(self, device: torch.device) -> None:
        self._rank, self._count, self._device = dist.get_rank(), dist.get_world_size(), device

    def share(self, rows: np.ndarray) -> np.ndarray:
        """Return the rank's block of rows."""
        return block(rows, self._rank, self._count)

    def gather(self, features: Tensor) -> Tensor:
        """Return (n, dim) of (n / processes, dim), rank by rank."""
        return torch.cat(GATHER(features))

    def wrap(self, module: nn.Module, skips: bool) -> nn.Module:
        """Return the module under DistributedDataParallel."""
        devices = [torch.cuda.current_device()] if self._device.type == "cuda" else None
        return DistributedDataParallel(module, devices, broadcast_buffers=False, find_unused_parameters=skips)

    def from_first(self, work: Callable[[], Value]) -> Value:
        """Broadcast the first rank's result."""
        result = [work() if self._rank == 0 else None]
        dist.broadcast_object_list(result, src=0)
        return cast(Value, result[0])


def block(rows: np.ndarray, rank: int, count: int) -> np.ndarray:
    """Return the rank-th of `count` equal blocks of a batch's rows (n,).

    Raises:
        LookalikeError: the batch does not divide.
    """
    if len(rows) % count:
        raise LookalikeError(
            f"a batch of {len(rows)} images does not divide among {count} processes; make train.identities a multiple "
            "of torchrun's --nproc-per-node"
        )
    return np.split(rows, count)[rank]


@contextmanager
def processes(device: torch.device) -> Iterator[Processes]:
    """Yield the processes that torchrun has started, or this one alone; on CUDA, each takes the device of its rank."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Together(device)
    finally:
        dist.destroy_process_group()
