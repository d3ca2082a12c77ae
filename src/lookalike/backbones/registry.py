"""From a recipe to a backbone with its weights in it."""

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import torch

from lookalike.backbones.base import Backbone
from lookalike.backbones.pooling import with_gem
from lookalike.params.models import BackboneOptions, Precision

# Set once a process: float sums depend on the number of threads, and equal inputs must give equal bytes.
THREADS = 2


class Loader(Protocol):
    """What each family's module offers as `load`."""

    def __call__(
        self, architecture: str, weights: Path, size: int, device: torch.device, precision: Precision
    ) -> Backbone:
        """Return the architecture with exactly the weights of the file in it."""
        ...


def load_backbone(
    options: BackboneOptions, size: int, weights: Path, device: torch.device, precision: Precision = "fp32"
) -> Backbone:
    """Return a recipe's backbone; only its own family's library is imported.

    Args:
        options: family, architecture and pooling.
        size: side of the crops in pixels.
        weights: the published file.
        device: where it runs.
        precision: number format of its weights and features.
    """
    family = import_module(f"lookalike.backbones.families.{options.family}")
    load = cast(Loader, family.load)
    backbone = load(options.architecture, weights, size, device, precision)
    return with_gem(backbone) if options.pooling == "gem" else backbone


def choose_device(name: str) -> torch.device:
    """Return the device of `run.device`, and make torch repeatable on it."""
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True, warn_only=True)
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
