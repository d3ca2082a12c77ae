"""Two steps of training, for tests that something learns."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def losses_of_two_steps(
    network: Callable[[Tensor], Tensor], crops: Tensor, target: Tensor, optimizer: torch.optim.Optimizer
) -> list[float]:
    """Return the mean squared error to a target (n, dim) before each of two steps; gradients of the last one stay."""
    losses = []
    for _ in range(2):
        loss = nn.functional.mse_loss(network(crops), target)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses
