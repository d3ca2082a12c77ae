"""SigLIP checkpoints as Google publishes them, in timm's layout."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from lookalike.backbones.checkpoint import State

# The image half; what stands beside it is the text half and two scalars.
PREFIX = "vision_model."
_HEAD = {"probe": "latent", "attention.out_proj": "proj", "layernorm": "norm", "mlp": "mlp"}
_BLOCK = {"self_attn.out_proj": "attn.proj", "layer_norm1": "norm1", "layer_norm2": "norm2", "mlp": "mlp"}
_TOP = {"embeddings.patch_embedding": "patch_embed.proj", "post_layernorm": "norm"}
_RENAMED = (
    *((rf"{old}\.(\w+)", rf"{new}.\1") for old, new in _TOP.items()),
    *((rf"encoder\.layers\.(\d+)\.{old}\.(.+)", rf"blocks.\1.{new}.\2") for old, new in _BLOCK.items()),
    *((rf"head\.{old}(.*)", rf"attn_pool.{new}\1") for old, new in _HEAD.items()),
)


def is_siglip(state: Mapping[str, Tensor]) -> bool:
    """Tell whether a checkpoint is in the layout of `google/siglip*`."""
    return f"{PREFIX}head.probe" in state


def in_timm_layout(state: Mapping[str, Tensor]) -> State:
    """Return the image half under timm's names; timm keeps query, key and value of a block in one tensor."""
    own = {name.removeprefix(PREFIX): value for name, value in state.items() if name.startswith(PREFIX)}
    found = {"pos_embed": own.pop("embeddings.position_embedding.weight").unsqueeze(0)}
    for kind in ("weight", "bias"):
        for block in sorted({int(name.split(".")[2]) for name in own if name.startswith("encoder.layers.")}):
            parts = [own.pop(f"encoder.layers.{block}.self_attn.{part}_proj.{kind}") for part in "qkv"]
            found[f"blocks.{block}.attn.qkv.{kind}"] = torch.cat(parts)
        query, *rest = own.pop(f"head.attention.in_proj_{kind}").chunk(3)
        found |= {f"attn_pool.q.{kind}": query, f"attn_pool.kv.{kind}": torch.cat(rest)}
    return found | {_renamed(name): value for name, value in own.items()}


def _renamed(name: str) -> str:
    return next((re.sub(old, new, name) for old, new in _RENAMED if re.fullmatch(old, name)), name)
