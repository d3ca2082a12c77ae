"""From inputs of the learning stages to the loss: the function that a step differentiates."""

import torch
from torch import Tensor, nn

from lookalike.backbones.pooling import Gem
from lookalike.params.train import TrainOptions
from lookalike.training.criterion import Criterion
from lookalike.training.distributed import ProcessGroup
from lookalike.training.memory import forward_in_parts


class Objective(nn.Module):
    """Learning stages, head and loss in one module, so that torch can wrap it for several processes.

    Attributes:
        trunk: the backbone's learning stages; may be empty.
        head: from their output to embeddings.
        criterion: the loss, with its class centres.
    """

    def __init__(
        self, trunk: nn.Sequential, head: nn.Module, criterion: Criterion, options: TrainOptions, group: ProcessGroup
    ) -> None:
        super().__init__()
        self.trunk, self.head, self.criterion = trunk, head, criterion
        self._options, self._group = options, group

    def forward(self, inputs: Tensor, labels: Tensor, partners: Tensor, share: float) -> Tensor:
        """Return the loss of a batch.

        Args:
            inputs: (m, ...) this rank's part of the batch, after the frozen stages.
            labels: (n,) int64 identities of the whole batch.
            partners: (n,) int64 identities that are mixed in.
            share: how much of each image is its own; 1 mixes nothing.
        """
        device = inputs.device.type
        half = self._options.bf16 == "always" or (self._options.bf16 == "cuda" and device == "cuda")
        with torch.autocast(device, torch.bfloat16, enabled=half):
            features = forward_in_parts(
                self.trunk, inputs, self._options.accumulate, self._options.checkpoint_gradients
            )
            embeddings = self.head(self._group.gather(features)).float()
        if share < 1:
            return self.criterion.mixed(embeddings, labels, partners, share)
        return self.criterion(embeddings, labels)

    def to_train(self) -> None:
        """Switch to training, but for the backbone's batch statistics.

        Small batches of changed crops would spoil those that the published weights came with.
        """
        self.train()
        for layer in self.trunk.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.eval()

    def optimizer(self) -> torch.optim.AdamW:
        """Return AdamW with one rate for published weights, and one for what starts anew.

        Without weight decay it is Adam (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019).
        """
        new = [layer.p for layer in self.trunk.modules() if isinstance(layer, Gem)]
        learning = (p for p in self.trunk.parameters() if p.requires_grad)
        published = [p for p in learning if not any(p is other for other in new)]
        slow, fast = self._options.lr_backbone, self._options.lr_head
        parts = ((published, slow), ([*self.head.parameters(), *new], fast), (self.criterion.parameters(), fast))
        groups = [{"params": list(part), "lr": rate, "peak": rate} for part, rate in parts]
        # One kernel for all tensors; on the CPU it would round otherwise than the published runs did.
        fused = True if any(p.is_cuda for p in self.parameters()) else None
        return torch.optim.AdamW(groups, weight_decay=self._options.weight_decay, fused=fused)
