"""SigLIP's image half straight from its paper and its published tensors, as an oracle: no library's layers.

Zhai et al., "Sigmoid loss for language image pre-training", ICCV 2023; its head is the attention pooling of Zhai et
al., "Scaling vision transformers", CVPR 2022.
"""

import torch
from torch import Tensor
from torch.nn import functional

State = dict[str, Tensor]
EPSILON = 1e-6


def random_state(width: int, layers: int, mlp: int, grid: int, patch: int) -> State:
    """Return tensors with the names and shapes of `google/siglip2-base-patch16-224`, and a bit of its text half."""
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.patch_embedding": (width, 3, patch, patch),
        "post_layernorm": (width,),
        "head.attention.out_proj": (width, width),
        "head.layernorm": (width,),
        "head.mlp.fc1": (mlp, width),
        "head.mlp.fc2": (width, mlp),
    }
    for i in range(layers):
        block = f"encoder.layers.{i}"
        shapes |= {f"{block}.self_attn.{part}_proj": (width, width) for part in ("q", "k", "v", "out")}
        shapes |= {f"{block}.layer_norm{j}": (width,) for j in (1, 2)}
        shapes |= {f"{block}.mlp.fc1": (mlp, width), f"{block}.mlp.fc2": (width, mlp)}
    state = {}
    for name, shape in shapes.items():
        state[f"vision_model.{name}.weight"] = torch.randn(shape) * 0.03 + (1.0 if "norm" in name else 0.0)
        state[f"vision_model.{name}.bias"] = torch.randn(shape[0]) * 0.03
    return state | {
        "vision_model.embeddings.position_embedding.weight": torch.randn(grid * grid, width) * 0.1,
        "vision_model.head.probe": torch.randn(1, 1, width),
        "vision_model.head.attention.in_proj_weight": torch.randn(3 * width, width) * 0.03,
        "vision_model.head.attention.in_proj_bias": torch.randn(3 * width) * 0.03,
        "text_model.head.weight": torch.randn(4, 4),
        "logit_scale": torch.zeros(1),
        "logit_bias": torch.zeros(1),
    }


def image_features(state: State, pixels: Tensor, heads: int) -> Tensor:
    """Return (n, width) from (n, 3, h, w) of scaled pixels."""
    own = {name.removeprefix("vision_model."): value for name, value in state.items()}

    def linear(name: str, x: Tensor) -> Tensor:
        return x @ own[f"{name}.weight"].T + own[f"{name}.bias"]

    def norm(name: str, x: Tensor) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], own[f"{name}.weight"], own[f"{name}.bias"], EPSILON)

    def mlp(name: str, x: Tensor) -> Tensor:
        return linear(f"{name}.fc2", functional.gelu(linear(f"{name}.fc1", x), approximate="tanh"))

    kernel, bias = own["embeddings.patch_embedding.weight"], own["embeddings.patch_embedding.bias"]
    patches = functional.conv2d(pixels, kernel, bias, stride=kernel.shape[-1]).flatten(2).transpose(1, 2)
    x = patches + own["embeddings.position_embedding.weight"]
    for i in range(sum(name.endswith("layer_norm1.weight") for name in own)):
        block = f"encoder.layers.{i}"
        seen = norm(f"{block}.layer_norm1", x)
        query, key, value = (linear(f"{block}.self_attn.{part}_proj", seen) for part in "qkv")
        x = x + linear(f"{block}.self_attn.out_proj", attention(query, key, value, heads))
        x = x + mlp(f"{block}.mlp", norm(f"{block}.layer_norm2", x))
    x = norm("post_layernorm", x)
    projections = zip(
        own["head.attention.in_proj_weight"].chunk(3), own["head.attention.in_proj_bias"].chunk(3), strict=True
    )
    probe = own["head.probe"].expand(len(x), -1, -1)
    query, key, value = (seen @ w.T + b for seen, (w, b) in zip((probe, x, x), projections, strict=True))
    pooled = linear("head.attention.out_proj", attention(query, key, value, heads))
    return (pooled + mlp("head.mlp", norm("head.layernorm", pooled)))[:, 0]


def attention(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    """Softmax of scaled products, head by head."""
    found = []
    for q, k, v in zip(*(x.chunk(heads, dim=-1) for x in (query, key, value)), strict=True):
        found.append((q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).softmax(dim=-1) @ v)
    return torch.cat(found, dim=-1)
