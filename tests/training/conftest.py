"""A tiny torch backbone and a tiny lesson, so that whole training runs take a second."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.params.models import Recipe
from lookalike.training.training_set import Lesson
from tests.recipes import made_up

SIZE = 16
MakeRecipe = Callable[..., Recipe]


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


def lesson(identities: int, first: int, noise: float = 40.0, inverted: bool = True) -> Lesson:
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
    return Lesson(np.stack(crops), np.array(label, dtype=object), np.array(domain, dtype=object))


@pytest.fixture
def fitting() -> Lesson:
    return lesson(12, 0)


@pytest.fixture
def holding() -> Lesson:
    return lesson(6, 100)


@pytest.fixture
def recipe() -> MakeRecipe:
    def make(head: str = "identity", **train: object) -> Recipe:
        defaults = {"recipe": "finetune", "epochs": 4, "last_stages": 2, "lr_backbone": 0.01, "lr_head": 0.01}
        learns = {**defaults, "scale": 16.0, "margin": 0.2, **train}
        return made_up("timm", "tiny", SIZE, head={"kind": head, "dropout": 0.1}, train=learns)

    return make
