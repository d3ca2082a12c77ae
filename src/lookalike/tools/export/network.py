"""An embedder as one torch module: scaling of pixels, pretrained and trained tensors, head, unit length."""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from lookalike.backbones.head import build_head
from lookalike.backbones.registry import load_backbone
from lookalike.backbones.trained import overlay, part_of, read_trained
from lookalike.backbones.trunk import TorchBackbone
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import BackboneOptions, Recipe, ViewOptions

CPU = torch.device("cpu")


class Network(nn.Module):
    """From (n, size, size, 3) uint8 RGB crops to (n, dim) float32 unit rows."""

    def __init__(self, trunk: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (n, dim) from (n, size, size, 3)."""
        features = self.trunk(pixels.permute(0, 3, 1, 2))
        return nn.functional.normalize(self.head(features), dim=1)


def load_network(model: str, recipe: Recipe, weights: Path, trained: Path) -> Network:
    """Return the model as the run embedded with it, in 32-bit floats on the CPU.

    Args:
        model: its name, for errors.
        recipe: its recipe.
        weights: the pretrained weights.
        trained: what training changed.

    Raises:
        LookalikeError: the model cannot be one graph, or a file is missing, damaged, or does not fit the recipe.
    """
    backbone = cast(TorchBackbone, load_backbone(in_torch(model, recipe), recipe.crop.size, weights, CPU))
    training, state = read_trained(trained)
    head: nn.Module = nn.Identity()
    if training.kept != "frozen":
        overlay(backbone.trunk, part_of(state, "trunk"), trained)
        head = build_head(recipe.head, backbone.dim, torch.Generator())
        overlay(head, part_of(state, "head"), trained)
    return Network(backbone.trunk, head).eval().requires_grad_(False)


def in_torch(model: str, recipe: Recipe) -> BackboneOptions:
    """Return the recipe's backbone in torch; a published ONNX graph becomes torch layers.

    Raises:
        LookalikeError: the recipe averages test-time views.
    """
    if recipe.embed.views != ViewOptions():
        raise LookalikeError(
            f"models.{model}.embed.views: the run averages several views of an image, a graph holds one; switch the "
            "views off and run `dvc repro`, or export a model without views"
        )
    family = "onnx_torch" if recipe.backbone.family == "onnx" else recipe.backbone.family
    return recipe.backbone.model_copy(update={"family": family})
