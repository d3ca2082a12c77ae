"""A recipe's loss: a main loss and weighted further ones."""

import math
from collections.abc import Callable, Mapping
from typing import cast

from pytorch_metric_learning import losses
from torch import Tensor, nn

from lookalike.params.train import TrainOptions
from lookalike.training.losses import ArcFace, Center, CrossEntropy, MinedTriplet, SubCenterArcFace


class Criterion(nn.Module):
    """A main loss and weighted further ones."""

    def __init__(self, main: nn.Module, added: Mapping[str, nn.Module], weights: Mapping[str, float]) -> None:
        """Join the main loss with further ones and their weights, under the same names."""
        super().__init__()
        self.main, self.added, self._weights = main, nn.ModuleDict(added), dict(weights)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the weighted sum; embeddings (n, dim) float32, labels (n,) int64."""
        total = cast(Tensor, self.main(embeddings, labels))
        for name, loss in self.added.items():
            total = total + self._weights[name] * loss(embeddings, labels)
        return total

    def mixed(self, embeddings: Tensor, labels: Tensor, partners: Tensor, share: float) -> Tensor:
        """Return the main loss of mixtures: `share` of it for the labels, the rest for the partners' labels.

        The added losses compare pairs and class centres, and a mixture belongs to neither of its two classes.
        """
        own, other = self.main(embeddings, labels), self.main(embeddings, partners)
        return cast(Tensor, share * own + (1 - share) * other)


def build_criterion(options: TrainOptions, dim: int, classes: int) -> Criterion:
    """Return the recipe's loss; its class centres learn with the head.

    Args:
        options: names the loss, what is added to it, and their scale, margin and temperature.
        dim: length of an embedding.
        classes: how many identities are fitted.
    """
    weights = {name: weight for name, weight in options.added.model_dump().items() if weight > 0}
    main = _build(options.loss, options, dim, classes)
    return Criterion(main, {name: _build(name, options, dim, classes) for name in weights}, weights)


def _build(name: str, options: TrainOptions, dim: int, classes: int) -> nn.Module:
    degrees, scale, margin = math.degrees(options.margin), options.scale, options.margin
    choices: dict[str, Callable[[], nn.Module]] = {
        "ce": lambda: CrossEntropy(dim, classes),
        "unit_ce": lambda: CrossEntropy(dim, classes, unit=True),
        "arcface": lambda: ArcFace(classes, dim, margin=degrees, scale=scale),
        "subcenter": lambda: SubCenterArcFace(
            num_classes=classes, embedding_size=dim, margin=degrees, scale=scale, sub_centers=3
        ),
        "cosface": lambda: losses.CosFaceLoss(classes, dim, margin=margin, scale=scale),
        "proxy_anchor": lambda: losses.ProxyAnchorLoss(classes, dim, margin=margin, alpha=scale),
        "supcon": lambda: losses.SupConLoss(temperature=options.temperature),
        "triplet": lambda: MinedTriplet(margin),
        "center": lambda: Center(classes, dim),
    }
    return choices[name]()
