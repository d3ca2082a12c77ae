"""A frozen recipe is noted without the libraries and the code that training needs."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch

from lookalike.backbones.trained import Training, read_trained, read_training, write_trained
from tests.training.project import STAGE, make, trained

CODE = f"""
import runpy, sys
runpy.run_path({str(STAGE)!r})["main"]("tiny")
heavy = {{"torch", "timm", "onnx", "pytorch_metric_learning"}} & set(sys.modules)
assert not heavy, heavy
code = sorted(name for name in sys.modules if name.startswith("lookalike.training."))
assert code == ["lookalike.training.record"], code
"""


def test_a_frozen_model_imports_neither_torch_nor_the_training_code(tmp_path: Path) -> None:
    folder = make(tmp_path, recipe="frozen")
    result = subprocess.run([sys.executable, "-c", CODE], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    training, state = read_trained(trained(folder))
    assert (training.model, training.kept, state) == ("tiny", "frozen", {})
    assert (folder / "metrics/training/tiny.csv").read_text().count("\n") == 1
    record = json.loads((folder / "metrics/training/tiny.json").read_text())
    assert record == {"kept": "frozen", "recipe": "frozen"}


@pytest.mark.parametrize("state", [{}, {"head.weight": torch.arange(6.0).reshape(2, 3), "a": torch.tensor(3)}])
def test_a_trained_file_has_the_bytes_of_the_torch_writer(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    training = Training("tiny", "0" * 64, "trained" if state else "frozen")
    write_trained(tmp_path / "tiny.safetensors", training, state)
    blank = f"sha256-of-this-file:{'0' * 64}"
    facts = {"model": "tiny", "weights_sha256": "0" * 64, "kept": training.kept, "digest": blank}
    blank_file = safetensors.torch.save(state, metadata={"lookalike": json.dumps(facts, sort_keys=True)})
    digest = f"sha256-of-this-file:{hashlib.sha256(blank_file).hexdigest()}"
    expected = blank_file.replace(blank.encode(), digest.encode())
    assert (tmp_path / "tiny.safetensors").read_bytes() == expected
    assert read_training(tmp_path / "tiny.safetensors") == training
