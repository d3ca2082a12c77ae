"""The one training loop that every recipe runs through."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from lookalike.errors import LookalikeError
from lookalike.progress import track
from lookalike.training.judge import Verdict
from lookalike.training.options import TrainOptions
from lookalike.training.resume import Store
from lookalike.training.sampler import PairSampler
from lookalike.training.schedule import rate_factor
from lookalike.training.views import Views

State = dict[str, Tensor]
Row = dict[str, float]


@dataclass(frozen=True)
class Learner:
    """What learns, and from what.

    Attributes:
        tail: the backbone's learning stages; may be empty.
        head: from the tail's output to embeddings.
        criterion: the loss, with its class centres.
        views: inputs of the tail.
        target: (n,) int64 identities of the fitting images.
        sampler: which of them make a batch.
        assess: scores the network in its present state on the held-out identities.
    """

    tail: nn.Sequential
    head: nn.Sequential
    criterion: nn.Module
    views: Views
    target: Tensor
    sampler: PairSampler
    assess: Callable[[], Verdict]

    @property
    def modules(self) -> nn.ModuleDict:
        """Everything with weights, under one set of names."""
        return nn.ModuleDict({"trunk": self.tail, "head": self.head, "criterion": self.criterion})


@dataclass
class Progress:
    """How far a run is: what a checkpoint holds besides the weights."""

    epoch: int = 0
    stale: int = 0
    best_epoch: int = 0
    best: Verdict = field(default_factory=lambda: Verdict(-1.0, -1.0))
    best_state: State = field(default_factory=dict)
    history: list[Row] = field(default_factory=list)


def fit(learner: Learner, options: TrainOptions, seed: int, store: Store) -> Progress:
    """Train until the epochs or the patience run out; afterwards the best epoch's weights are in `best_state`.

    Every epoch draws its randomness from the seed and its own number, so a resumed run repeats an unbroken one.

    Raises:
        LookalikeError: the loss is not finite.
    """
    optimizer = _optimizer(learner, options)
    progress = _resume(learner, optimizer, store)
    while progress.epoch < options.epochs and progress.stale < options.patience:
        epoch = progress.epoch + 1
        torch.manual_seed(seed * 100_003 + epoch)
        loss = _run_epoch(learner, optimizer, options, epoch, np.random.default_rng([seed, epoch]))
        _take_note(learner, progress, epoch, loss, optimizer)
        store.save({**vars(progress), "best": tuple(progress.best), "weights": learner.modules.state_dict(),
                    "optimizer": optimizer.state_dict()})  # fmt: skip
    return progress


def _optimizer(learner: Learner, options: TrainOptions) -> torch.optim.AdamW:
    rates = ((learner.tail, options.lr_backbone), (learner.head, options.lr_head), (learner.criterion, options.lr_head))
    groups = [{"params": list(part.parameters()), "lr": rate, "peak": rate} for part, rate in rates]
    return torch.optim.AdamW(groups, weight_decay=options.weight_decay)


def _resume(learner: Learner, optimizer: torch.optim.Optimizer, store: Store) -> Progress:
    state = store.load()
    if state is None:
        return Progress()
    learner.modules.load_state_dict(state.pop("weights"))
    optimizer.load_state_dict(state.pop("optimizer"))
    return Progress(**{**state, "best": Verdict(*state["best"])})


def _run_epoch(
    learner: Learner, optimizer: torch.optim.Optimizer, options: TrainOptions, epoch: int, rng: np.random.Generator
) -> float:
    """Return the mean loss of one pass; the last step of the last epoch leaves a rate of zero."""
    per_epoch = learner.sampler.batches_per_epoch
    _to_train(learner)
    losses = []
    for i, rows in enumerate(track(learner.sampler.epoch(rng), f"epoch {epoch} of {options.epochs}")):
        step = (epoch - 1) * per_epoch + i
        _set_rates(optimizer, rate_factor(step, per_epoch * options.epochs, options.warmup))
        losses.append(_step(learner, optimizer, options.clip, rows, epoch - 1))
    _set_rates(optimizer, rate_factor(epoch * per_epoch, per_epoch * options.epochs, options.warmup))
    return float(np.mean(losses))


def _to_train(learner: Learner) -> None:
    learner.head.train()
    learner.tail.train()
    # Small batches of changed crops would spoil the statistics that the published weights came with.
    for layer in learner.tail.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.eval()


def _set_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def _step(learner: Learner, optimizer: torch.optim.Optimizer, clip: float, rows: np.ndarray, view: int) -> float:
    inputs = learner.views.batch(rows, view)
    target = learner.target[torch.from_numpy(rows)].to(inputs.device)
    # bf16 on CUDA only: on CPU it was measured slower (benchmarks/train_step.py).
    with torch.autocast(inputs.device.type, torch.bfloat16, enabled=inputs.device.type == "cuda"):
        embeddings = learner.head(learner.tail(inputs))
    loss = learner.criterion(embeddings, target)
    if not torch.isfinite(loss):
        raise LookalikeError(f"training loss is {loss.item()}; lower train.lr_backbone, train.lr_head or train.scale")
    optimizer.zero_grad()
    loss.backward()
    for group in optimizer.param_groups:
        if group["params"]:
            nn.utils.clip_grad_norm_(group["params"], clip)
    optimizer.step()
    return float(loss.item())


def _take_note(learner: Learner, progress: Progress, epoch: int, loss: float, optimizer: torch.optim.Optimizer) -> None:
    verdict = learner.assess()
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    row = {"epoch": epoch, "loss": loss, "lr_backbone": rates[0], "lr_head": rates[1], "valid_points": verdict.points}
    progress.history.append({**row, "valid_map": verdict.map})
    progress.epoch, progress.stale = epoch, progress.stale + 1
    if verdict.score > progress.best.score:
        progress.best, progress.best_epoch, progress.stale = verdict, epoch, 0
        weights = nn.ModuleDict({"trunk": learner.tail, "head": learner.head}).state_dict()
        progress.best_state = {name: value.detach().cpu().clone() for name, value in weights.items()}
