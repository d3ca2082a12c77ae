"""The losses a recipe can name; pytorch-metric-learning's where it has them."""

import torch
from pytorch_metric_learning import losses, miners
from torch import Tensor, nn

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
    """A linear classifier over the fitted identities, of embeddings as they are or of length 1; not kept afterwards."""

    def __init__(self, dim: int, classes: int, unit: bool = False) -> None:
        super().__init__()
        self.unit = unit
        self.classifier = nn.Linear(dim, classes)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss; embeddings (n, dim), labels (n,) int64."""
        seen = nn.functional.normalize(embeddings.float(), dim=1) if self.unit else embeddings.float()
        return nn.functional.cross_entropy(self.classifier(seen), labels)


class MinedTriplet(nn.Module):
    """Triplet loss on cosines over each batch's hardest pairs (Hermans et al., 2017)."""

    def __init__(self, margin: float) -> None:
        super().__init__()
        self.miner = miners.BatchHardMiner()
        self.loss = losses.TripletMarginLoss(margin=margin)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss; embeddings (n, dim), labels (n,) int64."""
        return self.loss(embeddings.float(), labels, self.miner(embeddings.float(), labels))


class Center(nn.Module):
    """Half the squared distance of an embedding to its class's centre, which moves towards its class's embeddings.

    Source: Wen et al., "A discriminative feature learning approach for deep face recognition", ECCV 2016, equation 2,
    as a mean over the batch; the centres move by the paper's equation 4, not by an optimiser: Adam's steps are
    all of similar size, and would need many epochs to reach a class.
    """

    STEP = 0.5

    def __init__(self, classes: int, dim: int) -> None:
        super().__init__()
        self.register_buffer("centres", torch.zeros(classes, dim))

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss; embeddings (n, dim), not normalised, labels (n,) int64; in training, move centres."""
        offsets = self.get_buffer("centres")[labels] - embeddings
        if self.training:
            self._follow(offsets.detach(), labels)
        return offsets.square().sum(dim=1).mean() / 2

    def _follow(self, offsets: Tensor, labels: Tensor) -> None:
        centres = self.get_buffer("centres")
        count = torch.bincount(labels, minlength=len(centres)).unsqueeze(1)
        centres -= self.STEP * torch.zeros_like(centres).index_add_(0, labels, offsets) / (1 + count)
