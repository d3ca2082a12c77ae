"""Any timm network of three shapes: plain ViT, ConvNeXt, EfficientNet."""

from pathlib import Path

import timm
import torch
from timm.models.convnext import ConvNeXt
from timm.models.convnext import checkpoint_filter_fn as convnext_filter
from timm.models.efficientnet import EfficientNet
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer import checkpoint_filter_fn as vit_filter
from torch import Tensor, nn

from lookalike.backbones import siglip_layout
from lookalike.backbones.checkpoint import State, load_exactly, read_state
from lookalike.backbones.pooling import ClassToken
from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import Precision

CLASSIFIERS = ("head.", "head_dist.", "classifier.", "pre_logits.")


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> TorchBackbone:
    """Return a timm network's features before its classifier, from a checkpoint in timm's or the maker's layout."""
    return TorchBackbone(build(architecture, read_state(weights), size), device, precision)


def build(architecture: str, state: State, size: int) -> Trunk:
    """Return the network `architecture` with `state` in it.

    Raises:
        LookalikeError: timm does not know the network, or it is of another shape.
    """
    if not timm.is_model(architecture):
        raise LookalikeError(f"timm has no model named {architecture}; `timm.list_models('*vit*')` lists them")
    # The recipe fixes the size, so nothing is resampled on the way through.
    sized = {"img_size": size, "dynamic_img_size": False} if "vit" in architecture else {}
    # Google trained with the approximation of GELU, which timm's SigLIP leaves out.
    activation = {"act_layer": "gelu_tanh"} if siglip_layout.is_siglip(state) else {}
    net = timm.create_model(architecture, pretrained=False, num_classes=0, **sized, **activation)
    load_exactly(net, _in_timm_layout(net, state), CLASSIFIERS, architecture)
    config = net.pretrained_cfg
    mean, std = (tuple(255.0 * value for value in config[key]) for key in ("mean", "std"))
    return Trunk.of(_stages(net), net.num_features, PixelScale(mean, std))


def _in_timm_layout(net: nn.Module, state: State) -> State:
    if isinstance(net, VisionTransformer):
        return dict(vit_filter(siglip_layout.in_timm_layout(state) if siglip_layout.is_siglip(state) else state, net))
    return dict(convnext_filter(state, net)) if isinstance(net, ConvNeXt) else state


def _stages(net: nn.Module) -> dict[str, nn.Module]:
    if isinstance(net, VisionTransformer):
        return vit_stages(net)
    if isinstance(net, EfficientNet):
        return efficientnet_stages(net)
    if isinstance(net, ConvNeXt):
        return convnext_stages(net)
    raise LookalikeError(
        f"timm network {type(net).__name__} cannot be cut into stages; known: ViT, ConvNeXt, EfficientNet"
    )


class Embedding(nn.Module):
    """A ViT emptied of its blocks: patches, positions and what comes before the first block."""

    def __init__(self, net: VisionTransformer) -> None:
        super().__init__()
        net.blocks, net.norm = nn.Sequential(), nn.Identity()
        self.net = net

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (n, tokens, dim) from (n, 3, h, w)."""
        return self.net.forward_features(pixels)


def vit_stages(net: VisionTransformer) -> dict[str, nn.Module]:
    """Return patch embedding, blocks, and the norm with what pools: the class token, or attention to all tokens."""
    if net.global_pool not in ("token", "map"):
        raise LookalikeError(f"ViT pools by {net.global_pool}; only by class token and by attention are supported")
    blocks = {f"block{i}": block for i, block in enumerate(net.blocks)}
    by_token = net.global_pool == "token"
    head = ClassToken(net.norm, net.num_prefix_tokens) if by_token else nn.Sequential(net.norm, net.attn_pool)
    return {"stem": Embedding(net), **blocks, "head": head}


def efficientnet_stages(net: EfficientNet) -> dict[str, nn.Module]:
    """Return stem, the stages of blocks, and the last convolution with pooling."""
    blocks = {f"block{i}": stage for i, stage in enumerate(net.blocks)}
    head = nn.Sequential(net.conv_head, net.bn2, net.global_pool)
    return {"stem": nn.Sequential(net.conv_stem, net.bn1), **blocks, "head": head}


def convnext_stages(net: ConvNeXt) -> dict[str, nn.Module]:
    """Return stem, the four stages, and pooling with its norm."""
    stages = {f"block{i}": stage for i, stage in enumerate(net.stages)}
    return {"stem": net.stem, **stages, "head": nn.Sequential(net.norm_pre, net.head)}
