"""What stands between a backbone's features and the embedding."""

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from lookalike.params.models import HeadOptions


class Head(nn.Sequential):
    """Layers from features (n, in) to embeddings (n, dim).

    Attributes:
        dim: length of an embedding.
    """

    dim: int


class Residual(nn.Module):
    """x + W x on unit features; starts as the identity, so training begins at the backbone's own ranking."""

    def __init__(self, dim: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(dim, dim, bias=False)
        nn.init.zeros_(self.linear.weight)

    def forward(self, features: Tensor) -> Tensor:
        """Return (n, dim) from (n, dim)."""
        unit = nn.functional.normalize(features, dim=1)
        return unit + cast(Tensor, self.linear(self.dropout(unit)))


def build_head(options: HeadOptions, in_dim: int, generator: torch.Generator) -> Head:
    """Return a head with weights drawn from the generator.

    Args:
        options: kind, length and dropout.
        in_dim: length of the backbone's features.
        generator: source of the initial weights.
    """
    dim = options.dim or in_dim
    choices: dict[str, Callable[[], list[nn.Module]]] = {
        "identity": list,
        "linear": lambda: [nn.Linear(in_dim, dim), nn.BatchNorm1d(dim)],
        "relu": lambda: _relu(in_dim, dim, options.dropout),
        "mlp": lambda: [*_relu(in_dim, dim // 2, options.dropout), nn.Linear(dim // 2, dim)],
        "residual": lambda: [Residual(in_dim, options.dropout)],
    }
    head = Head(*choices[options.kind]())
    head.dim = in_dim if options.kind in ("identity", "residual") else dim
    for layer in head:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=generator)
            nn.init.zeros_(layer.bias)
    return head


def _relu(in_dim: int, dim: int, dropout: float) -> list[nn.Module]:
    # Linear, BN, ReLU, dropout: the head of the study's CLIP recipes.
    return [nn.Linear(in_dim, dim), nn.BatchNorm1d(dim), nn.ReLU(), nn.Dropout(dropout)]
