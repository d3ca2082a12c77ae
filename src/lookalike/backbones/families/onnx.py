"""ONNX graphs as published, run by ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch

from lookalike.backbones.base import Backbone
from lookalike.params.models import Precision

THREADS = 2


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> Backbone:
    """Return a graph from (n, 3, size, size) float32 RGB in 0..255 to (n, dim); `architecture` only names it."""
    del architecture, size, device, precision
    return OnnxBackbone(weights)


class OnnxBackbone:
    """An ONNX graph with one image input and one feature output."""

    def __init__(self, path: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = THREADS
        # Threads that spin while they wait steal the cores of whatever else runs, and gain nothing alone.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = with_free_batch(onnx.load(str(path)))
        self._session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self.dim = int(self._session.get_outputs()[0].shape[-1])

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Return (n, dim) float32 features of (n, size, size, 3) uint8 crops."""
        batch = np.ascontiguousarray(crops.transpose(0, 3, 1, 2), dtype=np.float32)
        return np.asarray(self._session.run(None, {self._input: batch})[0])


def with_free_batch(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph made to take any number of images.

    Old exporters fix the batch at 1 and list every weight as an input too, which keeps the runtime from folding
    constants.
    """
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    del graph.input[:]
    graph.input.extend(inputs)
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    del graph.value_info[:]
    return model
