"""CLIP's image encoder through open_clip."""

from pathlib import Path

import open_clip
import torch
from open_clip.transformer import QuickGELU, VisionTransformer
from torch import Tensor, nn

from lookalike.backbones.checkpoint import State, load_exactly, read_state
from lookalike.backbones.pooling import ClassToken
from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import Precision

MEAN, STD = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
PREFIX = "visual."


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> TorchBackbone:
    """Return CLIP's image features; OpenAI's weights were trained with, and need, a `-quickgelu` architecture."""
    del size
    return TorchBackbone(build(architecture, read_state(weights)), device, precision)


def build(architecture: str, state: State) -> Trunk:
    """Return the image encoder of `architecture` with the visual tensors of `state` in it."""
    visual = image_encoder(architecture)
    seen = {key.removeprefix(PREFIX): value for key, value in state.items() if key.startswith(PREFIX)}
    load_exactly(visual, seen, (), architecture)
    mean, std = (tuple(255.0 * value for value in values) for values in (MEAN, STD))
    return Trunk.of(_stages(visual), visual.output_dim, PixelScale(mean, std))


def image_encoder(architecture: str) -> VisionTransformer:
    """Return the image half of `architecture`, without building the text half.

    Raises:
        LookalikeError: open_clip does not know the architecture, or its image encoder is not a plain ViT.
    """
    config = open_clip.get_model_config(architecture)
    if config is None:
        raise LookalikeError(f"open_clip has no model named {architecture}; `open_clip.list_models()` lists them")
    vision = config["vision_cfg"]
    if not set(vision) <= {"image_size", "layers", "width", "patch_size", "head_width"} or not vision.get("patch_size"):
        raise LookalikeError(f"open_clip's {architecture} has no plain ViT; only ViT-* are supported")
    return VisionTransformer(
        image_size=vision["image_size"],
        patch_size=vision["patch_size"],
        width=vision["width"],
        layers=vision["layers"],
        heads=vision["width"] // vision.get("head_width", 64),
        mlp_ratio=4.0,
        output_dim=config["embed_dim"],
        act_layer=QuickGELU if config.get("quick_gelu") else nn.GELU,
    )


class Patches(nn.Module):
    """Patches, class token and positions, normalised: what the first block sees."""

    def __init__(self, visual: VisionTransformer) -> None:
        super().__init__()
        self.conv1, self.ln_pre = visual.conv1, visual.ln_pre
        self.class_embedding = visual.class_embedding
        self.positional_embedding = visual.positional_embedding

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (n, 1 + patches, width) from (n, 3, h, w)."""
        patches = self.conv1(pixels).flatten(2).transpose(1, 2)
        token = self.class_embedding.expand(patches.shape[0], 1, -1)
        return self.ln_pre(torch.cat([token, patches], dim=1) + self.positional_embedding)


class Projection(ClassToken):
    """The class token, normalised and projected into the space shared with text."""

    def __init__(self, visual: VisionTransformer) -> None:
        super().__init__(visual.ln_post)
        self.proj = visual.proj

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (n, dim) from (n, 1 + patches, width)."""
        return super().forward(tokens) @ self.proj


def _stages(visual: VisionTransformer) -> dict[str, nn.Module]:
    blocks = {f"block{i}": block for i, block in enumerate(visual.transformer.resblocks)}
    return {"stem": Patches(visual), **blocks, "head": Projection(visual)}
