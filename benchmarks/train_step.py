"""Seconds a training step, by number format and with the frozen stages' output cached: python -m benchmarks.train_step.

Random weights: a step costs the same whatever they are. `--large` adds ViT-L-14.
"""

import sys
import time
from collections.abc import Callable

import timm
import torch
from torch import Tensor, nn

from lookalike.backbones.efficientnet_lite import PIXELS
from lookalike.backbones.open_clip import build as build_clip
from lookalike.backbones.open_clip import image_encoder
from lookalike.backbones.registry import choose_device
from lookalike.backbones.timm import efficientnet_stages
from lookalike.backbones.trunk import Trunk

BATCH, LAST, REPEATS = 32, 4, 3


def seconds(step: Callable[[], None]) -> float:
    """Return the fastest of a few steps, warm."""
    step()
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return min(times)


def lite() -> tuple[Trunk, int]:
    net = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)
    return Trunk.of(efficientnet_stages(net), net.num_features, PIXELS), 128


def large() -> tuple[Trunk, int]:
    visual = image_encoder("ViT-L-14-quickgelu")
    state = {f"visual.{name}": value for name, value in visual.state_dict().items()}
    return build_clip("ViT-L-14-quickgelu", state), 224


def row(name: str, trunk: Trunk, size: int) -> None:
    crops = torch.randint(0, 256, (BATCH, 3, size, size), dtype=torch.uint8)
    stem, tail = trunk[:-LAST].requires_grad_(False), trunk[-LAST:].requires_grad_(True)
    optimizer = torch.optim.AdamW(tail.parameters(), lr=1e-5)

    def step(tokens: Callable[[], Tensor], half: bool) -> None:
        inputs = tokens()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = nn.functional.normalize(tail(inputs).float(), dim=1).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    @torch.no_grad()
    def encode() -> Tensor:
        return stem(crops)

    cached = encode().half()
    figures = [
        seconds(lambda: step(encode, False)),
        seconds(lambda: step(encode, True)),
        seconds(lambda: step(lambda: cached.float(), False)),
    ]
    print(f"| {name} |", " | ".join(f"{figure:.2f}" for figure in figures), f"| {figures[0] / figures[2]:.1f} |")


def main() -> None:
    choose_device("cpu")
    print(f"| last {LAST} stages, batch {BATCH} | fp32 | bf16 autocast | fp32, cached stem | cached is faster by |")
    print("|---|---|---|---|---|")
    row("EfficientNet-Lite0, 128 px", *lite())
    if "--large" in sys.argv[1:]:
        row("CLIP ViT-L-14", *large())


if __name__ == "__main__":
    main()
