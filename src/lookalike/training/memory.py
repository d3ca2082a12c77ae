"""Activations kept or computed again: what a step costs in memory, without a change to what it computes."""

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


def through(stages: nn.Sequential, inputs: Tensor, parts: int, recompute: bool) -> Tensor:
    """Return the stages' output on a batch.

    With several parts, the backward pass goes through them one after the other, each computed again just before: the
    gradients add up, only one part's activations are held, and whoever uses the output still sees the whole batch, so
    that a loss over pairs loses none. Source: Gao et al., "Scaling deep contrastive learning batch size under memory
    limited setup", RepL4NLP 2021.

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
