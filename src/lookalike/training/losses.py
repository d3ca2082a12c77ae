"""The losses a recipe can name; pytorch-metric-learning's where it has them."""

import math
from collections.abc import Callable

import torch
from pytorch_metric_learning import losses, miners
from torch import Tensor, nn

from lookalike.training.options import TrainOptions

# Closest that a cosine may come to 1: d acos(c)/dc = -1/sqrt(1 - c^2) is infinite there; at this distance it is 707.
EPSILON = 1e-6


class ArcFace(losses.ArcFaceLoss):
    """ArcFace (Deng et al., CVPR 2019, equation 3), always computed in float32.

    The library's own clamps the cosine to exactly 1, where the angle's gradient is infinite, and casts the class
    centres to the input's type, where half precision rounds 1 - epsilon up to 1.
    """

    def get_angles(self, cosine_of_target_classes: Tensor) -> Tensor:
        """Return angles to the own class's centre, with a finite gradient everywhere."""
        return torch.acos(torch.clamp(cosine_of_target_classes, -1 + EPSILON, 1 - EPSILON))

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss; embeddings (n, dim) of any float type, labels (n,) int64."""
        with torch.autocast(embeddings.device.type, enabled=False):
            return super().forward(embeddings.float(), labels)


class SubCenterArcFace(losses.SubCenterArcFaceLoss):
    """Sub-center ArcFace (Deng et al., ECCV 2020), three centres a class, made finite as `ArcFace`."""

    get_angles = ArcFace.get_angles

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss; embeddings (n, dim) of any float type, labels (n,) int64."""
        with torch.autocast(embeddings.device.type, enabled=False):
            return super().forward(embeddings.float(), labels)


class CrossEntropy(nn.Module):
    """A linear classifier over the fitting identities; thrown away after training."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(dim, classes)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss; embeddings (n, dim), labels (n,) int64."""
        return nn.functional.cross_entropy(self.classifier(embeddings.float()), labels)


class MinedTriplet(nn.Module):
    """Triplet loss on cosines over each batch's hardest pairs (Hermans et al., 2017)."""

    def __init__(self, margin: float) -> None:
        super().__init__()
        self.miner = miners.BatchHardMiner()
        self.loss = losses.TripletMarginLoss(margin=margin)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss; embeddings (n, dim), labels (n,) int64."""
        return self.loss(embeddings.float(), labels, self.miner(embeddings.float(), labels))


def build_loss(options: TrainOptions, dim: int, classes: int) -> nn.Module:
    """Return a loss module `(embeddings (n, dim), labels (n,)) -> scalar`; its class centres learn with the head.

    Args:
        options: names the loss and its scale, margin or temperature.
        dim: length of an embedding.
        classes: how many identities are fitted.
    """
    degrees, scale, margin = math.degrees(options.margin), options.scale, options.margin
    choices: dict[str, Callable[[], nn.Module]] = {
        "ce": lambda: CrossEntropy(dim, classes),
        "arcface": lambda: ArcFace(classes, dim, margin=degrees, scale=scale),
        "subcenter": lambda: SubCenterArcFace(
            num_classes=classes, embedding_size=dim, margin=degrees, scale=scale, sub_centers=3
        ),
        "cosface": lambda: losses.CosFaceLoss(classes, dim, margin=margin, scale=scale),
        "proxy_anchor": lambda: losses.ProxyAnchorLoss(classes, dim, margin=margin, alpha=scale),
        "supcon": lambda: losses.SupConLoss(temperature=options.temperature),
        "triplet": lambda: MinedTriplet(margin),
    }
    return choices[options.loss]()
