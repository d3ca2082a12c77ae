"""Exported embedders as MLflow models, each with the signature of its graph."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow.onnx
import onnx
from mlflow import MlflowClient
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec

from lookalike.kit.files import read_json, sha256_file
from lookalike.run.layout import Layout
from lookalike.run.run import Run
from lookalike.tools.export.format import PARITY, Format

FOLDER = "models"


def log_models(client: MlflowClient, run_id: str, root: Path) -> list[str]:
    """Log the exported ONNX models of the run in `root` that are not logged yet.

    Returns:
        The names of the models that were logged, sorted.
    """
    known = {Path(file.path).name for file in client.list_artifacts(run_id, FOLDER)}
    new = [model for model in _exported(root) if model not in known]
    for model in new:
        with tempfile.TemporaryDirectory() as folder:
            saved = Path(folder) / model
            graph = onnx.load(str(Layout(root).exports(model) / Format.ONNX.file_name))
            mlflow.onnx.save_model(
                graph,
                str(saved),
                signature=signature_of(graph),
                pip_requirements=["numpy", "onnxruntime"],
                onnx_execution_providers=["CPUExecutionProvider"],
                save_as_external_data=False,
            )
            client.log_artifacts(run_id, str(saved), f"{FOLDER}/{model}")
    return new


def signature_of(graph: onnx.ModelProto) -> ModelSignature:
    """Return the tensors that a graph takes and gives; -1 stands for any length."""
    return ModelSignature(Schema(list(map(_spec, graph.graph.input))), Schema(list(map(_spec, graph.graph.output))))


def _spec(value: Any) -> TensorSpec:
    tensor = value.type.tensor_type
    shape = tuple(dim.dim_value if dim.HasField("dim_value") else -1 for dim in tensor.shape.dim)
    return TensorSpec(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type), shape, value.name)


def _exported(root: Path) -> Iterator[str]:
    """Yield the run's models whose export is of the model as the run holds it."""
    files = Run(root).files
    for model in sorted(files.settings["run.models"]):
        folder, trained = files.layout.exports(model), files.layout.trained(model)
        if not ((folder / Format.ONNX.file_name).is_file() and trained.is_file()):
            continue
        record = read_json(folder / PARITY)
        written = record.get("onnx", {}).get("sha256") == sha256_file(folder / Format.ONNX.file_name)
        if written and record["trained_sha256"] == sha256_file(trained):
            yield model
