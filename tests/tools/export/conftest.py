"""A finished run of a tiny published graph, written as the stages write it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import yaml
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from lookalike.backbones.head import build_head
from lookalike.backbones.trained import Training, write_trained
from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.files import sha256_file
from lookalike.params.models import HeadOptions, Recipe
from lookalike.run.layout import Layout
from tests.recipes import made_up

SIZE, DIM, IMAGES = 16, 6, 9
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class FinishedRun:
    """A run of the model `tiny` below `root`."""

    root: Path
    recipe: Recipe
    crops: np.ndarray

    @property
    def weights(self) -> Path:
        return Layout(self.root).weights("tiny")


@pytest.fixture
def finished_run(tmp_path: Path) -> Callable[..., FinishedRun]:
    """Write a run whose model was kept frozen, or with a head of random weights where one is named."""

    def write(
        head: str = "", family: str = "onnx", architecture: str = "tiny", size: int = SIZE, **recipe: object
    ) -> FinishedRun:
        blocks = {
            "head": {"kind": head or "identity", "dim": 0},
            "train": {"recipe": "head" if head else "frozen"},
            "embed": {"batch": 4},
        }
        made = made_up(family, architecture, size, **{**blocks, **recipe})
        crops = np.random.default_rng(1).integers(0, 256, (IMAGES, size, size, 3), dtype=np.uint8)
        run = FinishedRun(tmp_path, made, crops)
        write_data(run, random_head(made.head) if head else {})
        return run

    return write


def write_data(run: FinishedRun, state: dict[str, torch.Tensor]) -> None:
    layout = Layout(run.root)
    layout.weights("tiny").parent.mkdir(parents=True, exist_ok=True)
    onnx.save(tiny_graph(), str(run.weights))
    kept = "trained" if state else "frozen"
    write_trained(layout.trained("tiny"), Training("tiny", sha256_file(run.weights), kept), state)
    table = embeddings()
    table.write(layout.embeddings("tiny"))
    catalog_of(table).write(layout.catalog)
    for name, crop in zip(table.image_id, run.crops, strict=True):
        path = layout.images("sample") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(crop).save(path, "PNG")
    write_params(run)


def write_params(run: FinishedRun) -> None:
    """Write the shipped params with the run's model as the only one, of weights that somebody gave away."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["run"]["models"] = ["tiny"]
    params["datasets"]["sample"]["crop"] = False
    params["models"]["tiny"] = run.recipe.model_dump(mode="json")
    params["weights"]["made_up"] = {"source": "https://example.org/tiny.onnx", "sha256": ""}
    Layout(run.root).params.write_text(yaml.safe_dump(params))


def embeddings() -> EmbeddingTable:
    """Return random unit rows of 6 gallery images, two of them equal, and 3 queries."""
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(IMAGES, DIM))
    rows[4] = rows[1]
    split = np.array(["gallery"] * 6 + ["query"] * 3, dtype=object)
    name = np.array([f"test/{kind}/{index}.jpg" for index, kind in enumerate(split)], dtype=object)
    domain = np.where(split == "query", "real", "synthetic").astype(object)
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return EmbeddingTable(name, split, domain, np.full(IMAGES, None, dtype=object), unit)


def catalog_of(table: EmbeddingTable) -> Catalog:
    whole = np.full(IMAGES, SIZE)
    fixed = {"sha256": np.full(IMAGES, "0" * 64, dtype=object), "status": np.full(IMAGES, "ok", dtype=object)}
    return Catalog(table.image_id, table.split, table.domain, table.label, width=whole, height=whole, **fixed)


def random_head(options: HeadOptions) -> dict[str, torch.Tensor]:
    head = build_head(options, DIM, torch.Generator().manual_seed(3))
    torch.nn.init.normal_(head[0].linear.weight, generator=torch.Generator().manual_seed(4))
    return {f"head.{name}": value for name, value in head.state_dict().items()}


def tiny_graph() -> onnx.ModelProto:
    """Return a chain in the layout of published face encoders: scaling, convolution, PReLU, linear; batch of one."""
    rng = np.random.default_rng(0)
    shapes = {"kernel": (4, 3, 3, 3), "slope": (4, 1, 1), "matrix": (DIM, 4 * 8 * 8), "offset": (DIM,)}
    weights = {name: rng.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes.items()}
    weights |= {"shift": np.float32(127.5), "factor": np.float32(0.0078125)}
    nodes = [
        helper.make_node("Sub", ["data", "shift"], ["a"], "minus"),
        helper.make_node("Mul", ["a", "factor"], ["b"], "scaled"),
        helper.make_node("Conv", ["b", "kernel"], ["c"], "conv_1_conv", strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("PRelu", ["c", "slope"], ["d"], "conv_1_relu"),
        helper.make_node("Flatten", ["d"], ["e"], "flat"),
        helper.make_node("Gemm", ["e", "matrix", "offset"], ["features"], "fc", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, DIM])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)


@pytest.fixture(scope="session")
def dlib_weights() -> Path:
    inside = "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
    return Path(str(metadata.distribution("face-recognition-models").locate_file(inside)))
