"""TorchScript: traced by torch, run by torch or libtorch. Deprecated by PyTorch, and still what many deploy."""

import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lookalike.tools.export.facts import one_entry
from lookalike.tools.export.network import Network

# Torch leaves these two without types.
_trace: Callable[..., Any] = torch.jit.trace
_load: Callable[..., Any] = torch.jit.load


def write(network: Network, example: np.ndarray, facts: Mapping[str, str], path: Path) -> None:
    """Write the network as one file that takes any number of images.

    Args:
        network: in evaluation mode.
        example: (n, size, size, 3) uint8.
        facts: kept as the archive's extra file `lookalike`, as JSON.
        path: the file.
    """
    with _as_asked(), torch.inference_mode():
        # Torch would check the trace against itself; the parity check against the embedder is the stricter one.
        traced = _trace(network, torch.from_numpy(example), check_trace=False)
        # Not to the file itself: torch does not say that a disk is full.
        written = io.BytesIO()
        torch.jit.save(traced, written, _extra_files=one_entry(facts))
    path.write_bytes(written.getbuffer())


def runner(path: Path, network: Network) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from (n, size, size, 3) uint8 to (n, dim) float32 that runs the file, not the network."""
    del network
    with _as_asked():
        module = _load(str(path), map_location="cpu")

    def run(crops: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return np.asarray(module(torch.from_numpy(crops)).numpy())

    return run


@contextmanager
def _as_asked() -> Iterator[None]:
    """Keep quiet that TorchScript is deprecated, and keep attention in plain operations that a trace can hold."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is deprecated", FutureWarning)
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
