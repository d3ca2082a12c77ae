"""What a card gives, and what of it arrives: python -m benchmarks.gpu [--device cuda|cpu] [--small] [--batch 256]

Four tables. Each backbone through the embedder, crops in main memory to vectors in main memory, against the bare
batched forward on crops that lie on the device already. Whole photographs to vectors, against the slowest of their
stages alone. A training step against a plain loop. Exact search against one matrix product of the same size and one
reading of the gallery (on the processor, where it runs). What is compared takes turns. It needs no network, and of
packages torch, NumPy, pydantic, rich and safetensors; what a table or a network needs besides and is not installed is
left out and named. Weights are seeded random ones, or those of an installed package. `--small` takes seconds, on a
processor too.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from benchmarks.seeded import LARGE, SMALL, Networks
from lookalike.backbones.registry import choose_device, torch_device
from lookalike.backbones.trunk import TorchBackbone, Trunk, to_batch
from lookalike.embedding.embedder import Embedder
from lookalike.params.models import EmbedOptions, Precision

if TYPE_CHECKING:
    from lookalike.catalog.table import Catalog

TURNS = 3


def fastest(device: torch.device, *works: Callable[[], object]) -> list[float]:
    """Return for each work the seconds of its fastest of a few turns, warm; they take turns, under the same load."""
    turns = [[seconds(work, device) for work in works] for _ in range(TURNS + 1)]
    return [min(times) for times in zip(*turns[1:], strict=True)]


def seconds(work: Callable[[], object], device: torch.device) -> float:
    begin = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begin


def embedding(trunk: Trunk, size: int, batch: int, precision: Precision, device: torch.device, batches: int) -> str:
    backbone = TorchBackbone(trunk, device, precision)
    embedder = Embedder(backbone, None, EmbedOptions(batch=batch))
    crops = np.random.default_rng(0).integers(0, 256, (batch * batches, size, size, 3), dtype=np.uint8)
    one = to_batch(crops[:batch], device)

    @torch.inference_mode()
    def bare() -> None:
        for _ in range(batches):
            backbone.trunk(one)

    limit, taken = fastest(device, bare, lambda: embedder.embed_all(crops, "embedding"))
    return f"{len(crops) / limit:.0f} | {len(crops) / taken:.0f} | {limit / taken:.2f}"


def backbones(nets: Networks, batch: int, batches: int, device: torch.device) -> None:
    print(f"\n| images a second, batch {batch} | precision | bare forward | embedder | share |")
    print("|---|---|--:|--:|--:|")
    for name, (build, size) in nets.items():
        try:
            trunk = build()
        except (ImportError, FileNotFoundError) as error:
            print(f"| {name} | left out: {error} | | | |")
            continue
        for precision in ("fp32", "bf16"):
            cells = embedding(trunk, size, batch, precision, device, batches)
            print(f"| {name} | {precision} | {cells} |", flush=True)


def unlabelled(names: list[str], width: np.ndarray, height: np.ndarray) -> "Catalog":
    """Return images that can be read and of which nothing is known; sizes (n,) int32."""
    from lookalike.catalog.table import Catalog

    known = {"split": "query", "domain": "unknown", "label": None, "sha256": "", "status": "ok"}
    columns = {name: np.full(len(names), value, object) for name, value in known.items()}
    return Catalog(np.array(names, object), width=width, height=height, **columns)


def photographs(trunk: Trunk, size: int, batch: int, count: int, device: torch.device) -> None:
    """Decode and cut whole photographs, then embed them, as the stages do."""
    from benchmarks.decode import drawn
    from lookalike.faces.pack import cut_all
    from lookalike.kit.images.decode import decode_bytes
    from lookalike.params.crop import CropOptions

    files = [drawn("JPEG", (512, 512), np.random.default_rng(seed)) for seed in range(8)]
    side = np.full(count, 512, np.int32)
    images, crop = unlabelled([f"{i:06d}" for i in range(count)], side, side), CropOptions(template="whole", size=size)
    chips = np.empty((count, size, size, 3), np.uint8)
    embedder = Embedder(TorchBackbone(trunk, device, "bf16"), None, EmbedOptions(batch=batch))

    def cut() -> None:
        cut_all(lambda name: decode_bytes(files[int(name) % len(files)], name), images, None, crop, chips)

    def embed() -> None:
        embedder.embed_all(chips, "embedding")

    cutting, embedding, both = fastest(device, cut, embed, lambda: (cut(), embed()))
    slowest = max(cutting, embedding)
    print("\n| photographs a second | decoding and cutting | embedding | both | share of the slowest |")
    print("|---|--:|--:|--:|--:|")
    rates = " | ".join(f"{count / taken:.0f}" for taken in (cutting, embedding, both))
    print(f"| JPEG, 512 × 512, bf16 | {rates} | {slowest / both:.2f} |", flush=True)


def training(name: str, trunk: Trunk, size: int, last_stages: int, batch: int, device: torch.device) -> None:
    from benchmarks.training_loops import compared

    print("\n| seconds a step: clock, processor | plain loop | ours | ratio | weights |")
    print("|---|--:|--:|--:|---|")
    cells = compared(trunk, size, last_stages, batch, device)
    print(f"| {name}, last stages: {last_stages}, batch {batch} | {cells} |", flush=True)


def search(gallery: int, dim: int, queries: tuple[int, ...]) -> None:
    from lookalike.retrieval.nearest import top_k

    rows = np.random.default_rng(0).standard_normal((gallery, dim), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    cpu = torch.device("cpu")
    print(f"\n| first 100 of {gallery:,} × {dim}, seconds | search | one product | one reading | times the larger |")
    print("|---|--:|--:|--:|--:|")
    for n in queries:
        asked = rows[:n]
        found, product, reading = fastest(
            cpu, partial(top_k, asked, rows, 100), partial(np.dot, asked, rows.T), rows.sum
        )
        times = f"{found:.4f} | {product:.4f} | {reading:.4f} | {found / max(product, reading):.1f}"
        print(f"| queries: {n:,} | {times} |", flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--small", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--batch", type=int, default=256)
    asked = parser.parse_args(arguments)
    device, small = torch_device(choose_device(asked.device)), asked.small
    torch.manual_seed(0)
    threads = f"no card, {torch.get_num_threads()} threads"
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else threads
    print(f"{card}; torch {torch.__version__}")
    batch, nets = (8, SMALL) if small else (asked.batch, LARGE)
    name = "tiny" if small else "resnet50"
    build, size = nets[name]
    tables = (
        lambda: backbones(nets, batch, 4 if small else 32, device),
        lambda: photographs(build(), size, batch, 64 if small else 4096, device),
        lambda: training(name, build(), size, 1 if small else 4, batch, device),
        lambda: search(*((5_000, 64, (1, 50)) if small else (1_000_000, 512, (1, 1_000)))),
    )
    for table in tables:
        try:
            table()
        except ImportError as error:
            print(f"\nleft out: {error}")


if __name__ == "__main__":
    main()
