"""A project of one tiny trainable model, for the training stage as a process of its own."""

import contextlib
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import yaml

from benchmarks.tiny_network import network
from lookalike.catalog.table import Catalog
from lookalike.kit.files import sha256_file
from lookalike.run.layout import Layout
from lookalike.weights.note import write_note
from tests.recipes import made_up, save_array
from tests.training.conftest import SIZE, labelled_crops

ROOT = Path(__file__).parents[2]
STAGE = ROOT / "stages/finetune.py"
IDENTITIES = 20


def make(folder: Path, **train: object) -> Path:
    """Write params, catalogue, crops and weights of the model `tiny`; return the folder."""
    crops = labelled_crops(IDENTITIES, 0)
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    recipe = {"recipe": "finetune", "loss": "supcon", "identities": 4, "last_stages": 2, "lr_backbone": 0.003}
    learns = {**recipe, "epochs": 4, "cross_fit": False, **train}
    tiny = made_up("onnx_torch", "tiny", SIZE, head={"kind": "residual"}, train=learns)
    params["run"] |= {"models": ["tiny"], "device": "cpu"}
    params["models"]["tiny"] = tiny.model_dump(mode="json")
    params["weights"]["made_up"] = {"source": "file:tiny.onnx", "sha256": ""}
    layout = Layout(folder)
    for file in (layout.crops("tiny"), layout.weights("tiny")):
        file.parent.mkdir(parents=True)
    layout.params.write_text(yaml.safe_dump(params))
    save_array(layout.crops("tiny"), crops.crops)
    onnx.save(network(SIZE), layout.weights("tiny"))
    write_note(layout.weights_note("tiny"), sha256_file(layout.weights("tiny")))
    catalog(crops.label, crops.domain).write(layout.training)
    return folder


def catalog(label: np.ndarray, domain: np.ndarray) -> Catalog:
    n = len(label)
    names = np.array([f"image{i:04}" for i in range(n)], dtype=object)
    fixed = {key: np.full(n, value, dtype=object) for key, value in (("split", "train"), ("status", "ok"))}
    side = np.full(n, SIZE, np.int32)
    return Catalog(image_id=names, label=label, domain=domain, width=side, height=side, sha256=names, **fixed)


def run_here(folder: Path) -> None:
    """Run the training stage on `tiny` in this process."""
    with contextlib.chdir(folder):
        runpy.run_path(str(STAGE))["main"]("tiny")


def run(folder: Path, *launcher: str) -> "subprocess.CompletedProcess[str]":
    """Run the training stage on `tiny` in a process of its own, behind a launcher."""
    command = [sys.executable, *launcher, str(STAGE), "--model", "tiny"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def trained(folder: Path) -> Path:
    """Return the file that the stage writes."""
    return Layout(folder).trained("tiny")
