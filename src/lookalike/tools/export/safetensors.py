"""safetensors: the tensors alone, for programs that have the layers; read by every framework, and never code."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save

from lookalike.tools.export.facts import one_entry
from lookalike.tools.export.network import Network


def write(network: Network, example: np.ndarray, facts: Mapping[str, str], path: Path) -> None:
    """Write all tensors, `trunk.*` and `head.*`, published and trained ones alike.

    Args:
        network: in evaluation mode.
        example: not looked at.
        facts: kept in the header under `lookalike`, as JSON.
        path: the file.
    """
    del example
    # Copies: the format refuses tensors that share memory.
    state = {name: value.detach().clone().contiguous() for name, value in sorted(network.state_dict().items())}
    path.write_bytes(save(state, metadata=one_entry(facts)))


def runner(path: Path, network: Network) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from (n, size, size, 3) uint8 to (n, dim) float32: the network's layers, the file's tensors."""
    filled = copy.deepcopy(network)
    filled.load_state_dict(load_file(path))

    def run(crops: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return np.asarray(filled(torch.from_numpy(crops)).numpy())

    return run
