"""Where a backbone is cut into the part that stays and the part that learns."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lookalike.backbones.base import Backbone
from lookalike.backbones.trunk import TorchBackbone, to_batch
from lookalike.kit.errors import LookalikeError
from lookalike.params.train import TrainOptions
from lookalike.training.views import Stem


@dataclass(frozen=True)
class Cut:
    """A backbone in two parts.

    Attributes:
        stem: from crops (n, size, size, 3) uint8 to the tail's input, without gradients.
        tail: the stages that learn; empty where only a head does.
        device: where both run.
    """

    stem: Stem
    tail: nn.Sequential
    device: torch.device


def cut(backbone: Backbone, options: TrainOptions) -> Cut:
    """Cut a backbone by its recipe.

    Raises:
        LookalikeError: stages are to learn in a backbone that only runs.
    """
    device = backbone.device if isinstance(backbone, TorchBackbone) else torch.device("cpu")
    if options.recipe == "head":
        return Cut(lambda crops: torch.from_numpy(backbone.embed(crops)).to(device), nn.Sequential(), device)
    if not isinstance(backbone, TorchBackbone):
        raise LookalikeError(
            "train.recipe: finetune needs a torch backbone, and a graph of family onnx only runs. Use recipe head, or "
            "family onnx_torch"
        )
    stages = dict(backbone.trunk.float().named_children())
    # The first stage scales pixels and has nothing to learn.
    learning = min(options.last_stages or len(stages), len(stages) - 1)
    names = list(stages)[-learning:]
    stem = nn.Sequential(*(stages[name] for name in stages if name not in names))
    tail = nn.Sequential()
    for name in names:
        tail.add_module(name, stages[name])
    return Cut(_without_gradients(stem.requires_grad_(False), device), tail.requires_grad_(True), device)


def _without_gradients(stem: nn.Sequential, device: torch.device) -> Stem:
    def run(crops: np.ndarray) -> Tensor:
        with torch.no_grad():
            return torch.as_tensor(stem.eval()(to_batch(crops, device)))

    return run
