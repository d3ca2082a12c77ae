"""The line between published and trained weights."""

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from lookalike.training.blend import SHARES, best_share, between, copied
from lookalike.validation.protocol import ValidationScore
from tests.recipes import made_up


def published() -> dict[str, torch.Tensor]:
    return {"weight": torch.tensor([[0.0, 8.0]]), "bias": torch.tensor([1.0])}


def trained() -> dict[str, torch.Tensor]:
    return {"weight": torch.tensor([[4.0, 0.0]]), "bias": torch.tensor([3.0])}


@pytest.mark.parametrize(
    ("share", "weight", "bias"), [(0.0, [0.0, 8.0], 1.0), (0.25, [1.0, 6.0], 1.5), (1.0, [4.0, 0.0], 3.0)]
)
def test_a_share_of_the_way(share: float, weight: list[float], bias: float) -> None:
    state = between(published(), trained(), share)
    assert state["weight"].tolist() == [weight]
    assert state["bias"].tolist() == [bias]


def test_counters_are_not_blended() -> None:
    counted = between({"n": torch.tensor(3)}, {"n": torch.tensor(8)}, 0.5)
    assert counted["n"].item() == 8


@pytest.mark.parametrize("wanted", SHARES)
def test_the_best_point_is_found(wanted: float) -> None:
    def assess(share: float) -> ValidationScore:
        bias = between(published(), trained(), share)["bias"].item()
        return ValidationScore(-abs(bias - (1 + 2 * wanted)), 0.0)

    share = best_share({share: assess(share) for share in SHARES})
    assert share == wanted
    assert between(published(), trained(), share)["bias"].item() == pytest.approx(1 + 2 * wanted)
    assert assess(share).points == pytest.approx(0, abs=1e-6)


def test_of_equals_the_trained_weights_are_kept() -> None:
    assert best_share(dict.fromkeys(SHARES, ValidationScore(900.0, 0.5))) == 1.0


def test_a_copy_does_not_follow_the_network() -> None:
    network = nn.Linear(2, 1)
    before = copied(network)
    with torch.no_grad():
        network.bias += 1
    assert before["bias"].item() == pytest.approx(network.bias.item() - 1, abs=1e-6)


def test_a_head_drawn_at_random_has_nothing_to_blend_with() -> None:
    learns = {"recipe": "finetune", "blend": True}
    with pytest.raises(ValidationError, match="starts as published, not linear"):
        made_up("onnx_torch", "sface", 112, head={"kind": "linear"}, train=learns)
    assert made_up("onnx_torch", "sface", 112, head={"kind": "residual"}, train=learns).train.blend
