"""What one step differentiates: at which rates, in which number format, in which mode."""

from contextlib import nullcontext

import pytest
import torch
from torch import nn

from lookalike.backbones.pooling import Gem
from lookalike.params.train import TrainOptions
from lookalike.training.criterion import build_criterion
from lookalike.training.distributed import SINGLE_PROCESS
from lookalike.training.objective import Objective

TOKENS = torch.randn(8, 5, 6, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(2).repeat(4)


def objective(**train: object) -> Objective:
    options = TrainOptions.model_validate({"recipe": "finetune", "lr_backbone": 1e-5, "lr_head": 1e-3, **train})
    trunk = nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(5), Gem(1))
    return Objective(trunk, nn.Linear(6, 4), build_criterion(options, 4, 2), options, SINGLE_PROCESS)


def test_what_starts_anew_learns_at_the_heads_rate() -> None:
    net = objective()
    rates = {id(p): group["lr"] for group in net.optimizer().param_groups for p in group["params"]}
    found = {name: rates[id(p)] for name, p in net.named_parameters()}
    new = {name for name, rate in found.items() if rate == 1e-3}
    assert new == {"trunk.2.p", "head.weight", "head.bias", "criterion.main.W"}
    assert {rate for name, rate in found.items() if name not in new} == {1e-5}


def test_a_mixture_of_everything_with_itself_is_the_image() -> None:
    net = objective()
    net.to_train()
    alone, mixed = (net(TOKENS, LABELS, LABELS, share) for share in (1.0, 0.3))
    torch.testing.assert_close(alone, mixed)


@pytest.mark.parametrize(
    ("bf16", "dtype"), [("always", torch.bfloat16), ("cuda", torch.float32), ("never", torch.float32)]
)
def test_bf16_says_where_the_stages_multiply_in_half_precision(bf16: str, dtype: torch.dtype) -> None:
    net, seen = objective(bf16=bf16), []
    net.trunk[0].register_forward_hook(lambda _layer, _inputs, output: seen.append(output.dtype))
    loss = net(TOKENS, LABELS, LABELS, 1.0)
    assert seen == [dtype] and loss.dtype == torch.float32


class OnCard(torch.Tensor):
    """A tensor in main memory that says it is on a GPU; what is computed from it is a plain one."""

    device = torch.device("cuda", 0)
    __torch_function__ = torch._C._disabled_torch_function_impl


@pytest.mark.parametrize(("bf16", "half"), [("always", True), ("cuda", True), ("never", False)])
def test_a_card_multiplies_in_half_precision_unless_never(
    bf16: str, half: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched: list[tuple[str, torch.dtype | None, bool]] = []

    def noting(device: str, dtype: torch.dtype | None = None, enabled: bool = True) -> nullcontext[None]:
        switched.append((device, dtype, enabled))
        return nullcontext()

    monkeypatch.setattr(torch, "autocast", noting)
    objective(bf16=bf16)(TOKENS.as_subclass(OnCard), LABELS, LABELS, 1.0)
    # The loss, later, is in full precision.
    assert switched[0] == ("cuda", torch.bfloat16, half) and not any(enabled for _, _, enabled in switched[1:])


def test_published_batch_statistics_stay_and_the_rest_trains() -> None:
    net = objective()
    net.eval()
    net.to_train()
    assert not net.trunk[1].training
    assert net.head.training and net.criterion.training and net.trunk[0].training
