"""From a recipe to a backbone with its weights in it."""

import hashlib
import json
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, cast

from lookalike.backbones.base import Backbone
from lookalike.backbones.runtime import NotConvertible, compiled_once, read_network
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import sha256_file
from lookalike.kit.sources import code_digest
from lookalike.params.models import BackboneOptions, Precision

if TYPE_CHECKING:
    import torch

    from lookalike.backbones.trunk import TorchBackbone

Device = Literal["cpu", "cuda"]
# Where NVIDIA's driver shows itself; without one no GPU can be had, and torch need not be imported to ask.
DRIVER = (Path("/dev/nvidiactl"), Path("/proc/driver/nvidia/version"), Path("/dev/dxg"))
# Set once a process: float sums depend on the number of threads, and equal inputs must give equal bytes.
THREADS = 2
# What builds, draws and converts torch networks.
PACKAGES = ("openvino", "torch", "torchvision", "timm", "open_clip_torch", "facenet-pytorch", "onnx", "onnx2torch")


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


def load_to_embed(
    options: BackboneOptions,
    size: int,
    weights: Path,
    device: Device,
    precision: Precision = "fp32",
    trained: Path | None = None,
) -> Backbone:
    """Return a recipe's backbone in the form that embeds fastest; it cannot be trained.

    Args:
        options: family, architecture and pooling.
        size: side of the crops in pixels.
        weights: the published file.
        device: where it runs. On the CPU, in 32-bit floats, every network is compiled that can be; it is converted
            once and cached, so that the next start imports no torch and parses no ONNX.
        precision: number format of its weights and features.
        trained: what training changed of them; None where nothing was.

    Raises:
        LookalikeError: the weights are missing or are not of this architecture.
    """
    if options.family == "onnx":
        return compiled_once(_digest(options, size, weights, None), size, lambda: read_network(weights))

    def in_torch() -> "TorchBackbone":
        from lookalike.backbones.trained import overlay, part_of, read_trained

        backbone = cast("TorchBackbone", load_backbone(options, size, weights, torch_device(device), precision))
        if trained is not None:
            overlay(backbone.trunk, part_of(read_trained(trained)[1], "trunk"), trained)
        return backbone

    if device != "cpu" or precision != "fp32":
        return in_torch()
    try:
        return compiled_once(_digest(options, size, weights, trained), size, lambda: in_torch().trunk)
    except NotConvertible:
        return in_torch()


def _digest(options: BackboneOptions, size: int, weights: Path, trained: Path | None) -> str:
    """Return the SHA-256 of all that a converted network comes from: recipe, tensors, packages, this package's code.

    Raises:
        LookalikeError: there are no weights.
    """
    code = code_digest(f"backbones/families/{options.family}.py", "backbones/runtime.py")
    recipe = [options.family, options.architecture, options.pooling, size]
    if not weights.is_file():
        raise LookalikeError(f"{weights}: no such file; run `dvc repro` to fetch the weights")
    files = [sha256_file(file) for file in (weights, trained) if file is not None]
    parts = [recipe, files, [metadata.version(package) for package in PACKAGES], code]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


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
    return torch.device(name)
