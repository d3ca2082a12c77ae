"""A tiny project for `benchmarks.crash`: drawn people, and a network of three convolutions, as it is and trained."""

import shutil
from pathlib import Path
from typing import Any

import onnx
import yaml

from benchmarks.tiny_network import network
from lookalike.kit.files import sha256_file

ROOT = Path(__file__).parents[1]
OUTPUTS = ("data", "metrics", "reports", "submission")
MODELS = ("plain", "tiny")
SAMPLE = {"train_identities": 8, "test_identities": 2, "train_photographs": 1, "train_renderings": 1}
SIZE = 16
INDEX = "from lookalike.cli import app; app(['index', '../pictures'])"


def _stage(name: str, *model: str) -> list[str]:
    return [str(ROOT / f"stages/{name}.py"), *(("--model", *model) if model else ())]


# What is stopped, in the order of the pipeline: of the stages that each model has, the one that does most.
COMMANDS = {
    "sample": _stage("sample"),
    "weights": _stage("weights", "tiny"),
    "sources": _stage("sources", "tiny"),
    "catalog": _stage("catalog"),
    "faces": _stage("faces"),
    "crop": _stage("crop", "tiny"),
    "finetune": _stage("finetune", "tiny"),
    "embed": _stage("embed", "plain"),
    "rank": _stage("rank", "tiny"),
    "selection": _stage("selection"),
    "tune": _stage("tune"),
    "fuse": _stage("fuse"),
    "score": _stage("score"),
    "report": _stage("report"),
    "index": ["-c", INDEX],
}
# The same stages of the other model, run before.
PREPARED = {
    **{stage: _stage(stage, "plain") for stage in ("weights", "sources", "crop", "finetune")},
    "embed": _stage("embed", "tiny"),
    "rank": _stage("rank", "plain"),
}


def make_project(project: Path, faces: bool = True) -> None:
    """Write params.yaml, and the weights that it names, into a new folder."""
    project.mkdir(parents=True)
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    file = project / "tiny.onnx"
    onnx.save(network(SIZE), file)
    params["run"] |= {"models": list(MODELS), "device": "cpu"}
    params["datasets"]["sample"]["crop"] = faces
    params["sample"] |= SAMPLE | {"queries": 1, "gallery": 1, "image_size": 96}
    params["weights"]["made_up"] = {"source": "file:tiny.onnx", "sha256": sha256_file(file)}
    trained = {"recipe": "finetune", "loss": "supcon", "identities": 2, "images": 2, "last_stages": 2, "epochs": 2}
    params["models"] = {
        "plain": _recipe("onnx", {"recipe": "frozen"}),
        "tiny": _recipe("onnx_torch", {**trained, "cached_views": 2, "augment": {"flip": 0.5}}, "residual"),
    }
    (project / "params.yaml").write_text(yaml.safe_dump(params))


def take_pictures(project: Path, folder: Path) -> None:
    """Copy a few pictures to where `index` finds them."""
    folder.mkdir()
    for picture in sorted((project / "data/raw/sample/test/gallery").iterdir()):
        shutil.copy(picture, folder)


def bytes_of_outputs(project: Path) -> dict[str, bytes]:
    """Return the bytes of every output of a project."""
    files = (path for name in OUTPUTS for path in (project / name).rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in files if path.name != "lock"}


def _recipe(family: str, train: dict[str, Any], head: str = "identity") -> dict[str, Any]:
    return {
        "backbone": {"family": family, "architecture": "tiny", "weights": "made_up"},
        "crop": {"template": "box", "size": SIZE},
        "head": {"kind": head},
        "train": train,
        "embed": {"batch": 32},
    }
