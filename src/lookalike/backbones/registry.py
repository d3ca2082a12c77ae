"""From a recipe to a backbone with its weights in it."""

import hashlib
import json
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from lookalike.backbones.base import Backbone
from lookalike.backbones.runtime import NotConvertible, compiled_once
from lookalike.kit.files import sha256_file
from lookalike.params.models import ModelOptions, Precision

if TYPE_CHECKING:
    import torch

    from lookalike.backbones.trunk import TorchBackbone

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


def load_backbone(options: ModelOptions, weights: Path, device: "torch.device") -> Backbone:
    """Return the recipe's backbone; only its own family's library is imported."""
    family = import_module(f"lookalike.backbones.families.{options.family}")
    load = cast(Loader, family.load)
    backbone = load(options.architecture, weights, options.crop.size, device, options.precision)
    if options.pooling == "published":
        return backbone
    from lookalike.backbones.pooling import with_gem

    return with_gem(backbone)


def load_to_embed(
    options: ModelOptions, weights: Path, device: "torch.device", trained: Path | None = None
) -> Backbone:
    """Return the recipe's backbone in the form that embeds fastest; it cannot be trained.

    Args:
        options: the recipe.
        weights: its pretrained weights.
        device: where it runs. On the CPU, in 32-bit floats, every network is compiled that can be; a torch network is
            converted once and cached, so that the next start imports no torch.
        trained: what training changed of them; None where nothing was.
    """
    if options.family == "onnx":
        return load_backbone(options, weights, device)
    if device.type != "cpu" or options.precision != "fp32":
        return _in_torch(options, weights, device, trained)
    digest = _digest(options, weights, trained)
    try:
        return compiled_once(digest, options.crop.size, lambda: _in_torch(options, weights, device, trained).trunk)
    except NotConvertible:
        return _in_torch(options, weights, device, trained)


def _in_torch(options: ModelOptions, weights: Path, device: "torch.device", trained: Path | None) -> "TorchBackbone":
    from lookalike.backbones.trained import overlay, part_of, read_trained

    backbone = cast("TorchBackbone", load_backbone(options, weights, device))
    if trained is not None:
        overlay(backbone.trunk, part_of(read_trained(trained)[1], "trunk"), trained)
    return backbone


def _digest(options: ModelOptions, weights: Path, trained: Path | None) -> str:
    """Return the SHA-256 of all that a converted network comes from: recipe, tensors, packages, this package's code."""
    folder = Path(__file__).parent
    code = {file.relative_to(folder).as_posix(): sha256_file(file) for file in folder.rglob("*.py")}
    recipe = [options.family, options.architecture, options.pooling, options.crop.size]
    files = [sha256_file(file) for file in (weights, trained) if file is not None]
    parts = [recipe, files, [metadata.version(package) for package in PACKAGES], code]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def choose_device(name: str) -> "torch.device":
    """Return the device of `run.device`, and make torch repeatable on it."""
    import torch

    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True, warn_only=True)
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
