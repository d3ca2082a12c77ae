"""Between main memory and a device, without a wait where there is a GPU.

Source: torch's notes "CUDA semantics", "Use pinned memory buffers", and the documentation of `Tensor.record_stream`.
"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor


def to_device(values: np.ndarray, device: torch.device) -> Tensor:
    """Return a copy on the device; on CUDA through pinned memory on a stream of its own, while kernels run."""
    if device.type != "cuda":
        return torch.from_numpy(np.array(values)).to(device)
    staging = _pinned(torch.from_numpy(np.empty(0, values.dtype)).dtype, values.shape)
    np.copyto(staging.numpy(), values)
    uploads, kernels = _upload_stream(device), torch.cuda.current_stream(device)
    with torch.cuda.stream(uploads):
        copied = staging.to(device, non_blocking=True)
    kernels.wait_stream(uploads)
    # Its memory belongs to the uploads' stream, which must not fill it again before the kernels have read it.
    copied.record_stream(kernels)
    return copied


def fetched(values: Tensor) -> Callable[[], np.ndarray]:
    """Begin to copy values to main memory, and return what waits for them: for them alone, not for the whole device."""
    if values.device.type != "cuda":
        return lambda: values.detach().cpu().numpy()
    kept = _pinned(values.dtype, values.shape)
    kept.copy_(values.detach(), non_blocking=True)
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record(torch.cuda.current_stream(values.device))

    def wait() -> np.ndarray:
        arrived.synchronize()
        return kept.numpy()

    return wait


def _pinned(dtype: torch.dtype, shape: Sequence[int]) -> Tensor:
    # torch keeps pinned blocks and gives one out again only after the copies from and to it are done.
    return torch.empty(tuple(shape), dtype=dtype, pin_memory=True)


@cache
def _upload_stream(device: torch.device) -> torch.cuda.Stream:
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
