"""Batches taken in parts and activations computed again: less memory, the same gradients."""

import copy

import pytest
import torch
from torch import Tensor, nn

from lookalike.params.train import TrainOptions
from lookalike.training.criterion import build_criterion
from lookalike.training.distributed import SINGLE_PROCESS
from lookalike.training.memory import forward_in_parts
from lookalike.training.objective import Objective

INPUTS = torch.randn(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(3).repeat_interleave(4)


def stages() -> nn.Sequential:
    torch.manual_seed(1)
    block = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Dropout(0.3))
    return nn.Sequential(block, nn.Sequential(nn.Conv2d(6, 6, 3), nn.Tanh()), nn.Flatten())


def gradients(loss: str, **memory: object) -> dict[str, Tensor]:
    options = TrainOptions.model_validate({"recipe": "finetune", "loss": loss, "margin": 0.2, **memory})
    torch.manual_seed(2)
    head = nn.Sequential(nn.Linear(96, 16), nn.BatchNorm1d(16))
    objective = Objective(stages(), head, build_criterion(options, 16, 3), options, SINGLE_PROCESS)
    # Dropout draws in the order of the parts; what is kept must not depend on it.
    next(layer for layer in objective.modules() if isinstance(layer, nn.Dropout)).p = 0.0
    objective.to_train()
    objective(INPUTS, LABELS, LABELS, 1.0).backward()
    return {name: p.grad for name, p in objective.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("loss", ["ce", "arcface", "proxy_anchor", "supcon", "triplet"])
@pytest.mark.parametrize(
    "memory", [{"accumulate": 4}, {"checkpoint_gradients": True}, {"accumulate": 5, "checkpoint_gradients": True}]
)
def test_gradients_are_those_of_the_whole_batch(loss: str, memory: dict[str, object]) -> None:
    """Exact for losses over pairs and for the head's batch statistics too."""
    expected, found = gradients(loss), gradients(loss, **memory)
    assert expected.keys() == found.keys() and len(expected) >= 7
    for name in expected:
        assert (found[name] - expected[name]).norm() <= 1e-5 * expected[name].norm()


def test_dropout_is_the_same_when_computed_again() -> None:
    net = stages()
    twin = copy.deepcopy(net)
    for module, recompute in ((net, False), (twin, True)):
        module.train()
        torch.manual_seed(3)
        forward_in_parts(module, INPUTS, 1, recompute).square().sum().backward()
    for one, other in zip(net.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_parts_and_recomputing_hold_fewer_activations() -> None:
    def held(parts: int, recompute: bool) -> int:
        sizes: list[int] = []

        def keep(tensor: Tensor) -> Tensor:
            sizes.append(tensor.numel())
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            forward_in_parts(stages(), INPUTS, parts, recompute)
        return sum(sizes)

    assert held(1, True) < held(1, False)
    assert held(4, False) < held(1, False)
