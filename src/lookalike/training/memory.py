"""Less memory for a training step at the price of time: activations are computed again, and gradients stay the same."""

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


def forward_in_parts(stages: nn.Sequential, inputs: Tensor, parts: int, recompute: bool) -> Tensor:
    """Return the stages' output on a batch.

    With several parts, only one part's activations are held: the backward pass takes the parts one after the other and
    computes each again just before. The loss still sees the whole batch, with all of its pairs.
    Source: Gao et al., "Scaling deep contrastive learning batch size under memory limited setup", RepL4NLP 2021.

    Args:
        stages: what learns; no stage may mix the images of a batch.
        inputs: (n, ...) the batch.
        parts: how many parts it is taken in; 1 is whole.
        recompute: whether each stage's activations too are computed again, rather than held.
    """
    if parts == 1:
        return _stages(stages, inputs, recompute)
    chunks = inputs.chunk(parts)
    return torch.cat([checkpoint(_stages, stages, chunk, recompute, use_reentrant=False) for chunk in chunks])


def _stages(stages: nn.Sequential, inputs: Tensor, recompute: bool) -> Tensor:
    for stage in stages:
        inputs = checkpoint(stage, inputs, use_reentrant=False) if recompute else stage(inputs)
    return inputs
