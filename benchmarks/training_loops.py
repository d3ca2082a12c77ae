"""One epoch by `training/loop.py` and by a plain loop, on the same batches; both end in the same weights."""

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor, nn

from lookalike.backbones.head import build_head
from lookalike.backbones.trunk import TorchBackbone, Trunk
from lookalike.params.models import HeadOptions
from lookalike.params.train import AugmentOptions, TrainOptions
from lookalike.training import loop
from lookalike.training.augment import Augment
from lookalike.training.criterion import build_criterion
from lookalike.training.distributed import SINGLE_PROCESS
from lookalike.training.objective import Objective
from lookalike.training.sampler import PairSampler
from lookalike.training.schedule import rate_factor
from lookalike.training.split import split_backbone
from lookalike.training.views import FreshViews

IMAGES, TURNS = 4, 4
# The study's augmentation, as `clip_finetuned` has it.
AUGMENT = AugmentOptions(crop=1.0, flip=0.5, jitter=1.0, affine=1.0, erase=0.25)


def compared(trunk: Trunk, size: int, last_stages: int, batch: int, device: torch.device, steps: int = 4) -> str:
    """Return cells of a table: the plain loop, ours, their ratio (clock, processor), and whether weights agree.

    Args:
        trunk: the network; not changed.
        size: side of the crops in pixels.
        last_stages: how many of its stages learn.
        batch: images a step, a multiple of `IMAGES`.
        device: where it learns.
        steps: of an epoch.
    """
    runs = [_Run(trunk, size, last_stages, batch, device, steps) for _ in range(2)]
    turns = [(_timed(runs[0].plain, device), _timed(runs[1].ours, device)) for _ in range(TURNS + 1)][1:]
    (plain, plain_work), (ours, work) = (np.min(times, axis=0) / steps for times in zip(*turns, strict=True))
    states = [run.objective.state_dict() for run in runs]
    apart = max(float((value.float() - states[1][name].float()).abs().max()) for name, value in states[0].items())
    same = "same bytes" if apart == 0 else f"{apart:.0e} apart"
    gain = f"{plain / ours:.2f} ×, {plain_work / work:.2f} ×"
    return f"{plain:.3g}, {plain_work:.3g} | {ours:.3g}, {work:.3g} | {gain} | {same}"


def _timed(epoch: Callable[[], None], device: torch.device) -> tuple[float, float]:
    """Return seconds of the clock and of the processor; numbers for dropout are the same for either loop."""
    torch.manual_seed(0)
    begin, work = time.perf_counter(), time.process_time()
    epoch()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begin, time.process_time() - work


@contextmanager
def filling(wanted: bool) -> Iterator[None]:
    """Let torch fill every new tensor before it is written, or not, where algorithms are deterministic."""
    before = torch.utils.deterministic.fill_uninitialized_memory
    torch.utils.deterministic.fill_uninitialized_memory = wanted
    try:
        yield
    finally:
        torch.utils.deterministic.fill_uninitialized_memory = before


class _Run:
    """A network that learns, and two ways to take it through an epoch."""

    def __init__(self, trunk: Trunk, size: int, last_stages: int, batch: int, device: torch.device, steps: int) -> None:
        identities = batch // IMAGES
        self.options = TrainOptions(recipe="finetune", last_stages=last_stages, loss="ce", identities=identities)
        parts = split_backbone(TorchBackbone(copy.deepcopy(trunk), device), self.options)
        torch.manual_seed(0)
        head = build_head(HeadOptions(), trunk.dim, torch.Generator()).to(device)
        criterion = build_criterion(self.options, head.dim, identities).to(device)
        self.objective = Objective(parts.learning, head, criterion, self.options, SINGLE_PROCESS)
        self.optimizer, self.device = self.objective.optimizer(), device
        self.crops = np.random.default_rng(0).integers(0, 256, (batch * steps, size, size, 3), dtype=np.uint8)
        self.frozen, self.augment = parts.frozen, Augment(AUGMENT, size)
        self.target = np.arange(batch * steps) % identities
        domain = np.full(batch * steps, "unknown", object)
        self.sampler = PairSampler(self.target, domain, identities, IMAGES)
        views = FreshViews(self.crops, self.augment, self.frozen, 0)
        self.learner = loop.Learner(self.objective, views, self.target, self.sampler, _never_assessed, SINGLE_PROCESS)

    def ours(self) -> None:
        rng = np.random.default_rng(0)
        loop._mean_loss(loop._steps(self.learner, self.objective, self.optimizer, self.options, 1, rng))

    def plain(self) -> None:
        # What torch does where algorithms are deterministic, and nobody says otherwise.
        with filling(True):
            self._plain_epoch()

    def _plain_epoch(self) -> None:
        self.objective.to_train()
        batches = self.sampler.epoch(np.random.default_rng(0))
        losses = []
        for i, rows in enumerate(batches):
            factor = rate_factor(i, len(batches) * self.options.epochs, self.options.warmup)
            for group in self.optimizer.param_groups:
                group["lr"] = group["peak"] * factor
            losses.append(self._plain_step(rows).item())

    def _plain_step(self, rows: np.ndarray) -> Tensor:
        crops = torch.from_numpy(self.crops[rows]).permute(0, 3, 1, 2)
        changed = self.augment(crops, rows.tolist(), 0, 0).permute(0, 2, 3, 1).numpy()
        labels = torch.from_numpy(self.target[rows]).to(self.device)
        loss = self.objective(self.frozen(changed), labels, labels, 1.0)
        self.optimizer.zero_grad()
        loss.backward()
        for group in self.optimizer.param_groups:
            if group["params"]:
                nn.utils.clip_grad_norm_(group["params"], self.options.clip)
        self.optimizer.step()
        return loss


def _never_assessed() -> NoReturn:
    raise AssertionError("an epoch is timed without its assessment")
