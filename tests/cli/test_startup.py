"""What each entry point may import before it works: heavy libraries only where they are used."""

import os
import subprocess
import sys

import pytest

from lookalike.kit.sources import PACKAGE

STAGES = PACKAGE.parents[1] / "stages"
NETWORKS = {"torch", "torchvision", "timm", "open_clip", "facenet_pytorch", "onnx", "onnxruntime", "openvino"}
TABLES = {"pandas", "scipy", "sklearn", "matplotlib", "faiss", "pyarrow.compute", "pyarrow.dataset"}
SERVICES = {"dvc", "mlflow", "httpx", "starlette", "uvicorn"}
HEAVY = NETWORKS | TABLES | SERVICES
ARRAYS = {"numpy", "pyarrow", "cv2", "PIL"}


def loaded(code: str) -> set[str]:
    """Return the modules that a new interpreter has loaded once it has run some code."""
    script = f"import sys\n{code}\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import lookalike.cli", set()),
        ("import lookalike.params.load, lookalike.weights.fetch, lookalike.run.layout", set()),
        ("import lookalike.metrics.scoreboard, lookalike.kit.files", set()),
        ("import lookalike.tools.search.searcher", {"numpy", "pyarrow", "cv2", "PIL"}),
        ("import lookalike.tools.search.page, lookalike.tools.search.terminal", {"numpy", "pyarrow", "cv2", "PIL"}),
        ("import lookalike.embedding.embedder", {"numpy", "openvino"}),
    ],
    ids=["--help", "check", "points", "query", "query --open", "embedder"],
)
def test_a_command_imports_what_it_uses(code: str, allowed: set[str]) -> None:
    assert (HEAVY | ARRAYS) & loaded(code) <= allowed


@pytest.mark.parametrize("stage", ["finetune", "rank", "tune", "fuse", "score", "selection", "sources", "weights"])
def test_a_stage_imports_what_it_uses(stage: str) -> None:
    assert HEAVY & loaded(f"sys.path.insert(0, {str(STAGES)!r})\nimport {stage}") == set()


def test_a_model_as_published_embeds_without_torch() -> None:
    code = """
import numpy as np
from pathlib import Path
from tempfile import TemporaryDirectory
from lookalike.backbones.base import Backbone
from lookalike.backbones.registry import choose_device
from lookalike.backbones.trained import Training, write_trained
from lookalike.embedding import embedder
from lookalike.kit.files import sha256_file
from lookalike.params.models import BackboneOptions, EmbedOptions, HeadOptions
class Corner(Backbone):
    dim = 3
    def embed(self, crops):
        return crops[:, 0, 0].astype(np.float32) + 1
embedder.load_to_embed = lambda *_: Corner()
options = BackboneOptions(family="onnx", architecture="corner", weights="none")
with TemporaryDirectory() as folder:
    trained = Path(folder) / "net.safetensors"
    weights = Path(folder) / "net.weights"
    weights.write_bytes(b"")
    write_trained(trained, Training("net", sha256_file(weights), "frozen"), {})
    blocks = options, 8, HeadOptions(), EmbedOptions(batch=2), weights, trained, choose_device("cpu")
    rows = embedder.Embedder.load(*blocks).embed_all(np.full((3, 8, 8, 3), 9, np.uint8), "embedding")
assert np.allclose(rows, 3 ** -0.5), rows
"""
    assert (HEAVY - {"openvino"}) & loaded(code) == set()


def test_pydantic_looks_for_no_plugins() -> None:
    # Were they listed, calling None would end the interpreter with an error.
    unlisted = "import importlib.metadata\nimportlib.metadata.distributions = None"
    loaded(f"{unlisted}\nimport lookalike.cli, lookalike.params.load")


def test_a_person_may_still_have_plugins() -> None:
    environment = {**os.environ, "PYDANTIC_DISABLE_PLUGINS": "mine"}
    code = "import os, lookalike.cli; print(os.environ['PYDANTIC_DISABLE_PLUGINS'])"
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "mine"
