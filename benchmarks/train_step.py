"""Core-seconds of a training step, with the frozen stages' output cached on disk and without.

Both steps see the same fixed views and end in the same gradients. Random weights: a step costs the same whatever they
are. Times are of the processor, not of the clock, so that what else the machine does hardly shows.
Run: python -m benchmarks.train_step [lite] [large]
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import timm
import torch
from torch import nn

from lookalike.backbones.families.efficientnet_lite import PIXELS
from lookalike.backbones.families.open_clip import build as build_clip
from lookalike.backbones.families.open_clip import image_encoder
from lookalike.backbones.families.timm import efficientnet_stages
from lookalike.backbones.trunk import TorchBackbone, Trunk
from lookalike.params.train import AugmentOptions, TrainOptions
from lookalike.training.augment import Augment
from lookalike.training.split import split_backbone
from lookalike.training.views import CachedViews, FreshViews, Views, fill

REPEATS = 2
CPU = torch.device("cpu")
Case = tuple[str, Trunk, int, int, int]


def seconds(step: Callable[[], None]) -> float:
    """Return the fastest of a few steps, warm."""
    step()
    times = []
    for _ in range(REPEATS):
        begin = time.process_time()
        step()
        times.append(time.process_time() - begin)
    return min(times)


def lite() -> Case:
    net = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)
    trunk = Trunk.of(efficientnet_stages(net), net.num_features, PIXELS)
    return "EfficientNet-Lite0, 128 px, last 4 stages, batch 32", trunk, 128, 4, 32


def large() -> Case:
    visual = image_encoder("ViT-L-14-quickgelu")
    state = {f"visual.{name}": value for name, value in visual.state_dict().items()}
    return "CLIP ViT-L-14, last 4 blocks and projection, batch 8", build_clip("ViT-L-14-quickgelu", state), 224, 5, 8


CASES: dict[str, Callable[[], Case]] = {"lite": lite, "large": large}


def row(name: str, trunk: Trunk, size: int, last_stages: int, batch: int, folder: Path) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), dtype=np.uint8)
    options = TrainOptions(recipe="finetune", last_stages=last_stages)
    parts = split_backbone(TorchBackbone(trunk, CPU), options)
    optimizer = torch.optim.AdamW(parts.learning.parameters(), lr=1e-5)
    fresh = FreshViews(crops, Augment(AugmentOptions(), size), parts.frozen, seed=0)
    fill(folder / "views.npy", fresh, batch, 1)
    cached = CachedViews(folder / "views.npy", CPU)

    def step(views: Views, half: bool) -> None:
        inputs = views.batch(np.arange(batch), 0)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            features = parts.learning(inputs)
        loss = nn.functional.normalize(features.float(), dim=1)[:, 0].sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    uncached, kept = seconds(lambda: step(fresh, False)), seconds(lambda: step(cached, False))
    half = seconds(lambda: step(cached, True))
    print(
        f"| {name} | {uncached:.2f} | {kept:.2f}, {uncached / kept:.1f} × | {half:.2f}, {uncached / half:.1f} × |",
        flush=True,
    )


def main() -> None:
    # One thread: several would count their waiting for each other as work.
    torch.set_num_threads(1)
    print("| core-seconds a step | fp32 | frozen stages cached | cached, learning stages in bf16 |")
    print("|---|--:|--:|--:|")
    for case in sys.argv[1:] or CASES:
        with TemporaryDirectory() as folder:
            row(*CASES[case](), Path(folder))


if __name__ == "__main__":
    main()
