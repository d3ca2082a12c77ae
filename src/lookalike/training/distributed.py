"""One training run on several processes, each with an equal part of every batch (torchrun)."""

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
# The other ranks wait while rank 0 fills a cache or assesses an epoch.
TIMEOUT = timedelta(days=1)
GATHER: Callable[[Tensor], tuple[Tensor, ...]] = all_gather


class ProcessGroup(Protocol):
    """The processes that run one training."""

    def local_rows(self, rows: np.ndarray) -> np.ndarray:
        """Return this rank's part of a batch (n,), as many rows as any other's."""
        ...

    def gather(self, features: Tensor) -> Tensor:
        """Return the features of all ranks (n, dim), in the batch's order; gradients flow back to their own rank."""
        ...

    def wrap(self, module: nn.Module, skips: bool) -> nn.Module:
        """Return the module made to average its gradients over the ranks; `skips`: some steps use a part of it."""
        ...

    def from_rank_zero(self, work: Callable[[], Value]) -> Value:
        """Do the work on rank 0 only; every rank waits and returns its result."""
        ...


class SingleProcess:
    """A group of one process."""

    def local_rows(self, rows: np.ndarray) -> np.ndarray:
        """Return all rows."""
        return rows

    def gather(self, features: Tensor) -> Tensor:
        """Return the features as they are."""
        return features

    def wrap(self, module: nn.Module, skips: bool) -> nn.Module:
        """Return the module as it is."""
        del skips
        return module

    def from_rank_zero(self, work: Callable[[], Value]) -> Value:
        """Do the work."""
        return work()


SINGLE_PROCESS = SingleProcess()


class TorchProcessGroup:
    """The default process group of torch.distributed.

    Every rank computes head and loss on the whole gathered batch, so each one's gradient of a feature is the full one;
    the gathering's backward pass adds up as many of them as there are ranks, and the average over the ranks undoes that
    exactly.
    """

    def __init__(self, device: torch.device) -> None:
        self._rank, self._world_size, self._device = dist.get_rank(), dist.get_world_size(), device

    def local_rows(self, rows: np.ndarray) -> np.ndarray:
        """Return the rank's block of rows."""
        return block(rows, self._rank, self._world_size)

    def gather(self, features: Tensor) -> Tensor:
        """Return (n, dim) of (n / world size, dim), rank by rank."""
        return torch.cat(GATHER(features))

    def wrap(self, module: nn.Module, skips: bool) -> nn.Module:
        """Return the module under DistributedDataParallel."""
        devices = [torch.cuda.current_device()] if self._device.type == "cuda" else None
        return DistributedDataParallel(module, devices, broadcast_buffers=False, find_unused_parameters=skips)

    def from_rank_zero(self, work: Callable[[], Value]) -> Value:
        """Broadcast rank 0's result."""
        result = [work() if self._rank == 0 else None]
        dist.broadcast_object_list(result, src=0)
        return cast(Value, result[0])


def block(rows: np.ndarray, rank: int, world_size: int) -> np.ndarray:
    """Return the rank-th of `world_size` equal blocks of a batch's rows (n,).

    Raises:
        LookalikeError: the batch does not divide.
    """
    if len(rows) % world_size:
        raise LookalikeError(
            f"a batch of {len(rows)} images does not divide among {world_size} processes; make train.identities a "
            "multiple of torchrun's --nproc-per-node"
        )
    return np.split(rows, world_size)[rank]


@contextmanager
def process_group(device: torch.device) -> Iterator[ProcessGroup]:
    """Yield the group that torchrun has started, or this process; on CUDA, each rank takes the device of its number."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield SINGLE_PROCESS
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=TIMEOUT)
    try:
        yield TorchProcessGroup(device)
    finally:
        dist.destroy_process_group()
