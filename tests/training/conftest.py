"""A tiny torch backbone and a few labelled crops, so that whole training runs take a second."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.params.models import HeadOptions
from lookalike.params.train import TrainOptions
from lookalike.training.training_set import LabelledCrops, TrainingSet

SIZE = 16
KEYS = ("crops", "label", "domain")
MakeRecipe = Callable[..., tuple[HeadOptions, TrainOptions]]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def backbone() -> TorchBackbone:
    torch.manual_seed(0)
    stages = {
        "stem": nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU()),
        "block1": nn.Sequential(nn.Conv2d(8, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU()),
        "head": nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten()),
    }
    return TorchBackbone(Trunk.of(stages, 64, PixelScale((127.5,) * 3, (128.0,) * 3)), torch.device("cpu"))


def labelled_crops(identities: int, first: int, noise: float = 40.0, inverted: bool = True) -> LabelledCrops:
    """Return identities of 6 real and 6 synthetic crops: one random pattern each, inverted where synthetic."""
    crops, label, domain = [], [], []
    for identity in range(first, first + identities):
        rng = np.random.default_rng(identity)
        pattern = rng.integers(60, 196, (4, 4, 3)).repeat(SIZE // 4, 0).repeat(SIZE // 4, 1)
        for i in range(12):
            base = 255 - pattern if inverted and i % 2 else pattern
            crops.append(np.clip(base + rng.normal(0, noise, base.shape), 0, 255).astype(np.uint8))
            label.append(f"identity{identity}")
            domain.append("real" if i % 2 == 0 else "synthetic")
    return LabelledCrops(np.stack(crops), np.array(label, dtype=object), np.array(domain, dtype=object))


def apart(fitting: LabelledCrops, held_out: LabelledCrops) -> TrainingSet:
    """Return a training set of which the second part alone judges."""
    images = LabelledCrops(*(np.concatenate([getattr(one, key) for one in (fitting, held_out)]) for key in KEYS))
    return TrainingSet(images, np.repeat([1, 0], [len(fitting), len(held_out)]), (0,))


@pytest.fixture
def fitting() -> LabelledCrops:
    return labelled_crops(12, 0)


@pytest.fixture
def held_out() -> LabelledCrops:
    return labelled_crops(6, 100)


@pytest.fixture
def recipe() -> MakeRecipe:
    def make(head: str = "identity", **train: object) -> tuple[HeadOptions, TrainOptions]:
        defaults = {"recipe": "finetune", "epochs": 4, "last_stages": 2, "lr_backbone": 0.01, "lr_head": 0.01}
        learns = {**defaults, "scale": 16.0, "margin": 0.2, **train}
        return HeadOptions(kind=head, dropout=0.1), TrainOptions.model_validate(learns)

    return make
