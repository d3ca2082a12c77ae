"""From a recipe to a network that only runs, for embedding.

Apart from `registry`, so that an edit of what only embeds trains no model again.
"""

import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lookalike.backbones.base import Backbone
from lookalike.backbones.registry import Device, load_backbone, torch_device
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import sha256_file
from lookalike.kit.sources import code_digest
from lookalike.params.models import BackboneOptions, Precision

if TYPE_CHECKING:
    from lookalike.backbones.trunk import TorchBackbone

# What builds, draws and converts torch networks.
PACKAGES = ("openvino", "torch", "torchvision", "timm", "open_clip_torch", "facenet-pytorch", "onnx", "onnx2torch")


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
        device: where it runs. On the CPU every network is compiled that can be; it is converted once and cached, so
            that the next start imports no torch and parses no ONNX.
        precision: number format that it computes in.
        trained: what training changed of them; None where nothing was.

    Raises:
        LookalikeError: the weights are missing or are not of this architecture.
    """

    def in_torch(precision: Precision = precision) -> "TorchBackbone":
        from lookalike.backbones.trained import overlay, part_of, read_trained

        backbone = cast("TorchBackbone", load_backbone(options, size, weights, torch_device(device), precision))
        if trained is not None:
            overlay(backbone.trunk, part_of(read_trained(trained)[1], "trunk"), trained)
        return backbone

    if device != "cpu":
        return in_torch()
    # Imported here, because a GPU needs no CPU runtime.
    from lookalike.backbones.runtime import NotConvertible, compiled_once

    if options.family == "onnx":
        from lookalike.backbones.families import onnx

        digest = _digest(options, size, weights, None)
        return compiled_once(digest, size, lambda: onnx.network(options.architecture, weights), precision)
    try:
        digest = _digest(options, size, weights, trained)
        return compiled_once(digest, size, lambda: in_torch("fp32").trunk, precision)
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
