"""Steps follow each other without a wait for the device."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lookalike.params.train import TrainOptions
from lookalike.training import loop
from lookalike.training.criterion import build_criterion
from lookalike.training.distributed import SINGLE_PROCESS
from lookalike.training.objective import Objective
from lookalike.training.sampler import PairSampler

TARGET = np.arange(4).repeat(6)
# What needs a result, and so waits until a GPU has it.
WAITS = ("cpu", "item", "tolist", "numpy", "__bool__", "__float__", "nonzero")


class Points:
    """Views that are points near their identity's corner; notes what is begun and waited for."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def begin(self, rows: np.ndarray, view: int) -> Callable[[], Tensor]:
        self.events.append("begin")
        corners = nn.functional.one_hot(torch.from_numpy(TARGET[rows]), 4)
        values = corners + 0.01 * torch.from_numpy(rows[:, None] + view)
        return lambda: self.events.append("wait") or values.float()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> tuple[Points, Iterator[Tensor]]:
    torch.manual_seed(0)
    options = TrainOptions(recipe="finetune", loss="ce", identities=4, images=2, lr_head=0.01)
    objective = Objective(nn.Sequential(), nn.Linear(4, 4), build_criterion(options, 4, 4), options, SINGLE_PROCESS)
    # Fused, as on a GPU; the plain kind counts its steps in main memory, and reads them there.
    groups = [{"params": list(objective.parameters()), "lr": 0.01, "peak": 0.01}]
    optimizer, views = torch.optim.AdamW(groups, fused=True), Points()
    sampler = PairSampler(TARGET, np.full(len(TARGET), "unknown", object), options.identities, options.images)
    learner = loop.Learner(objective, views, TARGET, sampler, lambda: pytest.fail("no epoch ends"), SINGLE_PROCESS)
    monkeypatch.setattr(loop, "fetched", lambda loss: loss.detach())
    return views, loop._steps(learner, objective, optimizer, options, 1, np.random.default_rng(0))


def test_no_step_waits_for_the_device(steps: tuple[Points, Iterator[Tensor]], monkeypatch: pytest.MonkeyPatch) -> None:
    def noting(name: str) -> Callable[..., None]:
        return lambda *_: pytest.fail(f"Tensor.{name} in the loop")

    with monkeypatch.context() as patch:
        for name in WAITS:
            patch.setattr(Tensor, name, noting(name))
        losses = list(steps[1])
    assert len(losses) == 3 and all(torch.isfinite(loss) for loss in losses)


def test_inputs_are_begun_before_the_steps_that_need_them(steps: tuple[Points, Iterator[Tensor]]) -> None:
    views, taken = steps
    next(taken)
    assert views.events == ["begin"] * 3 + ["wait"]
