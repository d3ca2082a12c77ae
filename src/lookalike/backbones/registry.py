"""From a recipe to a backbone with its weights in it."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, cast

from lookalike.backbones.base import Backbone
from lookalike.params.models import BackboneOptions, Precision

if TYPE_CHECKING:
    import torch

Device = Literal["cpu", "cuda"]
# Where NVIDIA's driver shows itself; without one no GPU can be had, and torch need not be imported to ask.
DRIVER = (Path("/dev/nvidiactl"), Path("/proc/driver/nvidia/version"), Path("/dev/dxg"))
# Set once a process: float sums depend on the number of threads, and equal inputs must give equal bytes.
THREADS = 2


class Loader(Protocol):
    """What each family's module offers as `load`."""

    def __call__(
        self, architecture: str, weights: Path, size: int, device: "torch.device", precision: Precision
    ) -> Backbone:
        """Return the architecture with exactly the weights of the file in it."""
        ...


def load_backbone(
    options: BackboneOptions, size: int, weights: Path, device: "torch.device", precision: Precision = "fp32"
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
    if options.pooling == "published":
        return backbone
    from lookalike.backbones.pooling import with_gem

    return with_gem(backbone)


def choose_device(name: Literal["auto", "cpu", "cuda"]) -> Device:
    """Return the device of `run.device`; torch is asked only where there may be a GPU."""
    if name != "auto":
        return name
    if not any(path.exists() for path in DRIVER):
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def torch_device(name: Device) -> "torch.device":
    """Import torch, make it repeatable, and return its device of this name."""
    import torch

    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Nothing here reads memory that it has not written; to fill it first is work for nothing.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return torch.device(name)
