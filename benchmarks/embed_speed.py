"""How many images each backbone embeds in a core-second: python -m benchmarks.embed_speed [model ...].

Time is the processor's, added over its cores, so that what else the machine does hardly shows; two cores give nearly
twice as many a second.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lookalike.backbones.base import Backbone
from lookalike.backbones.registry import choose_device, load_backbone
from lookalike.params.load import load_params
from lookalike.weights.fetch import fetch

MODELS = ("sface", "sface_tuned", "dlib", "effnet_lite0")
BATCHES = (1, 32)
IMAGES = 64


def rate(backbone: Backbone, crops: np.ndarray, batch: int) -> float:
    """Return images a core-second, warm."""
    backbone.embed(crops[:batch])
    begin = time.process_time()
    for start in range(0, len(crops), batch):
        backbone.embed(crops[start : start + batch])
    return len(crops) / (time.process_time() - begin)


def main(models: list[str]) -> None:
    params, device = load_params(), choose_device("auto")
    rng = np.random.default_rng(0)
    print("| images a core-second | crop |", " | ".join(f"batch {batch}" for batch in BATCHES), "|")
    print("|---|--:|" + "--:|" * len(BATCHES))
    for model in models:
        recipe = params.models[model]
        size = recipe.crop.size
        with TemporaryDirectory() as folder:
            weights = Path(folder) / "weights"
            fetch(model, params.weights_of(model), weights)
            backbone = load_backbone(recipe.backbone, size, weights, device)
        crops = rng.integers(0, 256, (IMAGES, size, size, 3), dtype=np.uint8)
        rates = " | ".join(f"{rate(backbone, crops, batch):.0f}" for batch in BATCHES)
        print(f"| `{model}` | {size} | {rates} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(MODELS))
