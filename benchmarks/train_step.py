"""Training steps of ours against a plain loop, and what the frozen stages' cache and bf16 are worth.

    python -m benchmarks.train_step [lite] [sface] [large]

The first table is of the processor's time of one step on fixed views, each gain over the column before it. The second
is of an epoch of `training/loop.py` on augmented crops, beside a loop that augments, copies, steps and reads
its loss, one after the other; both take the same batches to the same weights, which is checked. Random weights: a step
costs the same whatever they are.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import nn

from benchmarks.seeded import LARGE
from benchmarks.training_loops import compared
from lookalike.backbones.registry import torch_device
from lookalike.backbones.trunk import TorchBackbone, Trunk
from lookalike.params.train import AugmentOptions, TrainOptions
from lookalike.training.augment import Augment
from lookalike.training.split import split_backbone
from lookalike.training.views import CachedViews, FreshViews, Views, fill

REPEATS = 2
CPU = torch.device("cpu")
Case = tuple[str, Callable[[], Trunk], int, int, int]


def seconds(step: Callable[[], None]) -> float:
    """Return the fastest of a few steps, warm."""
    step()
    times = []
    for _ in range(REPEATS):
        begin = time.process_time()
        step()
        times.append(time.process_time() - begin)
    return min(times)


# Title, network, side of its crops, how many of its last stages learn, images a step.
CASES: dict[str, Case] = {
    "lite": ("EfficientNet-Lite0, 128 px, last 4 stages, batch 32", *LARGE["effnet_lite0"], 4, 32),
    "sface": ("SFace, 112 px, last 5 stages, batch 48", *LARGE["sface"], 5, 48),
    "large": ("CLIP ViT-L-14, last 4 blocks and projection, batch 8", *LARGE["clip_l14"], 5, 8),
}


def row(title: str, build: Callable[[], Trunk], size: int, last_stages: int, batch: int, folder: Path) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), dtype=np.uint8)
    options = TrainOptions(recipe="finetune", last_stages=last_stages)
    parts = split_backbone(TorchBackbone(build(), CPU), options)
    optimizer = torch.optim.AdamW(parts.learning.parameters(), lr=1e-5)
    fresh = FreshViews(crops, Augment(AugmentOptions(), size), parts.frozen, seed=0)
    fill(folder / "views.npy", fresh, batch, 1)
    cached = CachedViews(folder / "views.npy", CPU)

    def step(views: Views, half: bool) -> None:
        inputs = views.begin(np.arange(batch), 0)()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            features = parts.learning(inputs)
        loss = nn.functional.normalize(features.float(), dim=1)[:, 0].sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    uncached, kept = seconds(lambda: step(fresh, False)), seconds(lambda: step(cached, False))
    half = seconds(lambda: step(cached, True))
    print(
        f"| {title} | {uncached:.2f} | {kept:.2f}, {uncached / kept:.1f} × | {half:.2f}, {kept / half:.1f} × |",
        flush=True,
    )


def main(names: list[str]) -> None:
    # One thread: several would count their waiting for each other as work.
    torch.set_num_threads(1)
    print("| core-seconds a step | fp32 | frozen stages cached | cached, and learning stages in bf16 |")
    print("|---|--:|--:|--:|")
    for name in names:
        with TemporaryDirectory() as folder:
            row(*CASES[name], Path(folder))
    torch_device("cpu")
    print("\n| seconds a step: clock, processor | plain loop | ours | ratio | weights |")
    print("|---|--:|--:|--:|---|")
    for name in names:
        title, build, size, last_stages, batch = CASES[name]
        print(f"| {title} | {compared(build(), size, last_stages, batch, CPU)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(CASES))
