"""How far a training run is, and what is kept of it, so that a killed run goes on and any epoch can be gone back to."""

from dataclasses import dataclass, field

import torch
from torch import nn

from lookalike.kit.errors import LookalikeError
from lookalike.training.blend import State
from lookalike.training.checkpoints import Checkpoints
from lookalike.training.objective import Objective
from lookalike.validation.protocol import ValidationScore

Row = dict[str, float]


@dataclass
class Progress:
    """How far a run is: what a checkpoint holds besides the weights."""

    history: list[Row] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.history)

    @property
    def scores(self) -> list[ValidationScore]:
        """What each epoch was worth; empty where nobody is held out."""
        return [ValidationScore(row["valid_points"], row["valid_map"]) for row in self.history if "valid_map" in row]

    @property
    def best_epoch(self) -> int:
        """The first of the best epochs, from 1; the last epoch where nobody is held out."""
        scores = [score.score for score in self.scores]
        return 1 + scores.index(max(scores)) if scores else self.epoch

    @property
    def stale(self) -> int:
        """How many epochs since then were no better."""
        return self.epoch - self.best_epoch


def kept_weights(checkpoints: Checkpoints, epoch: int, every: bool) -> State:
    """Return trunk and head as they were after an epoch that `keep` was told of.

    Raises:
        LookalikeError: the file is damaged or gone.
    """
    state = checkpoints.kept(_name(epoch, every))
    if state is None:
        raise LookalikeError(f"{checkpoints.folder}: the weights of epoch {epoch} are damaged or gone; train again")
    return state


def _name(epoch: int, every: bool) -> str:
    return f"after{epoch}" if every else "best"


def keep(
    objective: Objective, progress: Progress, optimizer: torch.optim.Optimizer, checkpoints: Checkpoints, every: bool
) -> None:
    """Keep an epoch's weights before the checkpoint that counts it as done.

    Args:
        objective: after the last epoch of `progress`.
        progress: so far.
        optimizer: as `objective`.
        checkpoints: where both go.
        every: whether all epochs' weights are kept, or those of the best one alone.
    """
    if every or progress.best_epoch == progress.epoch:
        weights = nn.ModuleDict({"trunk": objective.trunk, "head": objective.head}).state_dict()
        checkpoints.keep(_name(progress.epoch, every), weights)
    weights = {"weights": objective.state_dict(), "optimizer": optimizer.state_dict()}
    checkpoints.save({**vars(progress), **weights})


def resumed(objective: Objective, optimizer: torch.optim.Optimizer, checkpoints: Checkpoints, every: bool) -> Progress:
    """Return how far a killed run was, with weights and optimizer as they were; or a fresh start."""
    state = checkpoints.load()
    if state is None:
        return Progress()
    progress = Progress(state["history"])
    needed = range(1, progress.epoch + 1) if every else [progress.best_epoch]
    if not all(checkpoints.has_kept(_name(epoch, every)) for epoch in needed):
        return Progress()
    objective.load_state_dict(state["weights"])
    optimizer.load_state_dict(state["optimizer"])
    return progress
