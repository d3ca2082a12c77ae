"""The training loop of every recipe."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lookalike.backbones.base import in_turn
from lookalike.backbones.transfer import fetched, to_device
from lookalike.kit.errors import LookalikeError
from lookalike.kit.progress import Epoch, note_epoch, track
from lookalike.params.train import TrainOptions
from lookalike.training.checkpoints import Checkpoints
from lookalike.training.distributed import ProcessGroup
from lookalike.training.mixup import Batch, draw
from lookalike.training.objective import Objective
from lookalike.training.progress import Progress, keep, resumed
from lookalike.training.sampler import PairSampler
from lookalike.training.schedule import rate_factor
from lookalike.training.views import Views
from lookalike.validation.protocol import ValidationScore

# Share of its peak rate at which the head goes on alone.
HEAD_ALONE = 0.1


@dataclass(frozen=True)
class Learner:
    """What learns, and from what.

    Attributes:
        objective: learning stages, head and loss.
        views: inputs of the learning stages.
        target: (n,) int64 identities of the fitting images.
        sampler: which of them make a batch.
        assess: scores the network in its present state on the held-out identities; None where nobody is held out.
        group: the processes that run this training.
        part: the number of the part that is held out, from 0; does not matter where nobody is.
    """

    objective: Objective
    views: Views
    target: np.ndarray
    sampler: PairSampler
    assess: Callable[[], ValidationScore] | None
    group: ProcessGroup
    part: int = 0


def fit(
    learner: Learner, options: TrainOptions, seed: int, checkpoints: Checkpoints, last: int, every: bool
) -> Progress:
    """Train until the epochs or the patience run out; the weights of epochs are kept with the checkpoints.

    Every epoch draws its randomness from the seed and its own number, so a resumed run repeats an unbroken one.

    Args:
        learner: what learns.
        options: how.
        seed: of batches, augmentation and dropout.
        checkpoints: where a killed run resumes from; `kept_weights` finds the weights of epochs there.
        last: the epoch to stop after.
        every: whether all epochs' weights are kept, or those of the best one alone.

    Raises:
        LookalikeError: the loss is not finite.
    """
    optimizer = learner.objective.optimizer()
    progress = resumed(learner.objective, optimizer, checkpoints, every)
    # A mixed batch leaves the added losses out, and their class centres without a gradient.
    network = learner.group.wrap(learner.objective, skips=options.mixup > 0)
    while progress.epoch < last and progress.stale < options.patience:
        epoch = progress.epoch + 1
        torch.manual_seed(seed * 100_003 + epoch)
        loss = _mean_loss(_steps(learner, network, optimizer, options, epoch, np.random.default_rng([seed, epoch])))
        _record_epoch(learner, progress, epoch, loss, optimizer)
        learner.group.from_rank_zero(lambda: keep(learner.objective, progress, optimizer, checkpoints, every))
    return progress


def _steps(
    learner: Learner,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    options: TrainOptions,
    epoch: int,
    rng: np.random.Generator,
) -> Iterator[Callable[[], np.ndarray]]:
    """Take one step of an epoch after the other, and yield what waits for its loss; meanwhile the next inputs are made.

    The last step of the last epoch leaves a rate of zero, or the head alone to learn.
    """
    per_epoch = learner.sampler.batches_per_epoch
    learner.objective.to_train()
    batches = [draw(rows, options, rng) for rows in learner.sampler.epoch(rng)]
    shown = track(batches, f"epoch {epoch} of {options.epochs + options.head_epochs}")
    begun = (batch.begin(learner.views, epoch - 1, learner.group.local_rows) for batch in batches)
    for i, (batch, inputs) in enumerate(zip(shown, in_turn(begun), strict=True)):
        _set_rates(optimizer, options, (epoch - 1) * per_epoch + i, per_epoch)
        loss = _loss(learner, network, batch, inputs)
        _step(loss, optimizer, options.clip)
        yield fetched(loss)
    _set_rates(optimizer, options, epoch * per_epoch, per_epoch)


def _mean_loss(steps: Iterator[Callable[[], np.ndarray]]) -> float:
    # To read a loss is to wait for the GPU, which by then has the next steps queued.
    return float(np.mean([_finite(float(loss)) for loss in in_turn(steps)]))


def _set_rates(optimizer: torch.optim.Optimizer, options: TrainOptions, step: int, per_epoch: int) -> None:
    total = per_epoch * options.epochs
    factor = rate_factor(min(step, total), total, options.warmup)
    alone = options.head_epochs > 0 and step >= total
    backbone, *others = optimizer.param_groups
    backbone["lr"] = backbone["peak"] * factor
    for group in others:
        group["lr"] = group["peak"] * (HEAD_ALONE if alone else factor)


def _loss(learner: Learner, network: nn.Module, batch: Batch, inputs: Tensor) -> Tensor:
    labels, partners = (to_device(learner.target[rows], inputs.device) for rows in (batch.rows, batch.partner))
    return torch.as_tensor(network(inputs, labels, partners, batch.share))


def _finite(loss: float) -> float:
    if not math.isfinite(loss):
        raise LookalikeError(f"training loss is {loss}; lower train.lr_backbone, train.lr_head or train.scale")
    return loss


def _step(loss: Tensor, optimizer: torch.optim.Optimizer, clip: float) -> None:
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    for group in optimizer.param_groups:
        if group["params"]:
            nn.utils.clip_grad_norm_(group["params"], clip)
    optimizer.step()


def _record_epoch(
    learner: Learner, progress: Progress, epoch: int, loss: float, optimizer: torch.optim.Optimizer
) -> None:
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    row = {"epoch": epoch, "loss": loss, "lr_backbone": rates[0], "lr_head": rates[1]}
    if learner.assess is not None:
        validation = learner.group.from_rank_zero(learner.assess)
        note_epoch(Epoch(learner.part + 1, epoch, *validation))
        row |= {"valid_points": validation.points, "valid_map": validation.map}
    progress.history.append(row)
