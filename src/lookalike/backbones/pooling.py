"""How the tokens of a vision transformer become one feature."""

from typing import cast

import torch
from torch import Tensor, nn

from lookalike.backbones.base import Backbone
from lookalike.backbones.trunk import TorchBackbone
from lookalike.kit.errors import LookalikeError

START = 3.0
# Least activation: its logarithm stays finite, and so does the gradient of p.
EPSILON = 1e-6


class ClassToken(nn.Module):
    """The normalised class token.

    Attributes:
        norm: the transformer's last normalisation.
        prefix: how many tokens stand before those of the patches.
    """

    def __init__(self, norm: nn.LayerNorm, prefix: int = 1) -> None:
        super().__init__()
        self.norm, self.prefix = norm, prefix

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (n, dim) from (n, tokens, dim)."""
        return cast(Tensor, self.norm(tokens[:, 0]))


class Gem(nn.Module):
    """The generalised mean of the patch tokens, (mean of max(x, 0)^p)^(1/p), with a p that learns.

    The tokens are as the last block leaves them: the norm after it is the class token's.

    Source: Radenović, Tolias and Chum, "Fine-tuning CNN image retrieval with no human annotation", TPAMI 2019,
    equations 2 and 3. Computed in logarithms, because x^p leaves float32's range long before p stops being useful.
    """

    def __init__(self, prefix: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.p = nn.Parameter(torch.tensor(START))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (n, dim) not below zero from (n, prefix + patches, dim)."""
        active = tokens[:, self.prefix :].float().clamp(min=EPSILON)
        powers = torch.logsumexp(self.p.float() * active.log(), dim=1)
        count = torch.full((), active.shape[1], device=active.device).log()
        return ((powers - count) / self.p.float()).exp().to(tokens.dtype)


def with_gem(backbone: Backbone) -> Backbone:
    """Return a transformer's backbone with `Gem` in place of its last stage, and so without its projection.

    Raises:
        LookalikeError: the backbone is no transformer that pools by its class token.
    """
    last = backbone.trunk[-1] if isinstance(backbone, TorchBackbone) else None
    if not isinstance(backbone, TorchBackbone) or not isinstance(last, ClassToken):
        raise LookalikeError(
            "pooling: gem needs the patch tokens of a ViT (families open_clip and timm); set pooling to published"
        )
    backbone.trunk[-1] = Gem(last.prefix).to(backbone.device)
    backbone.dim = backbone.trunk.dim = last.norm.normalized_shape[0]
    return backbone
