"""A backbone in two parts: the frozen stages and the stages that learn."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lookalike.backbones.base import Backbone
from lookalike.backbones.trunk import TorchBackbone, to_batch
from lookalike.kit.errors import LookalikeError
from lookalike.params.train import TrainOptions
from lookalike.training.views import FrozenStages

CPU = torch.device("cpu")


@dataclass(frozen=True)
class SplitBackbone:
    """A backbone in two parts.

    Attributes:
        frozen: from crops (n, size, size, 3) uint8 to the input of the learning stages, without gradients.
        learning: the stages that learn; empty where only a head does.
        device: where both run.
    """

    frozen: FrozenStages
    learning: nn.Sequential
    device: torch.device


def split_backbone(backbone: Backbone, options: TrainOptions) -> SplitBackbone:
    """Split a backbone before the stages that a recipe trains.

    Raises:
        LookalikeError: stages are to learn in a backbone that only runs.
    """
    if not isinstance(backbone, TorchBackbone):
        if options.recipe == "head":
            return SplitBackbone(lambda crops: torch.from_numpy(backbone.embed(crops)), nn.Sequential(), CPU)
        raise LookalikeError(
            "train.recipe: finetune needs a torch backbone, and a graph of family onnx only runs. Use recipe head, or "
            "family onnx_torch"
        )
    stages = dict(backbone.trunk.float().named_children())
    # The first stage scales pixels and has nothing to learn.
    count = 0 if options.recipe == "head" else min(options.last_stages or len(stages), len(stages) - 1)
    names = list(stages)[len(stages) - count :]
    frozen = nn.Sequential(*(stages[name] for name in stages if name not in names))
    learning = nn.Sequential()
    for name in names:
        learning.add_module(name, stages[name])
    device = backbone.device
    learning.requires_grad_(True)
    for name in names[len(names) - options.frozen_end :]:
        learning.get_submodule(name).requires_grad_(False)
    return SplitBackbone(_without_gradients(frozen.requires_grad_(False), device), learning, device)


def _without_gradients(stages: nn.Sequential, device: torch.device) -> FrozenStages:
    def run(crops: np.ndarray) -> Tensor:
        with torch.no_grad():
            return torch.as_tensor(stages.eval()(to_batch(crops, device)))

    return run
