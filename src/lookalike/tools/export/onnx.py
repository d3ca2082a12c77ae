"""ONNX: written by torch's exporter, run by ONNX Runtime."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from onnx import helper

from lookalike.tools.export.format import INPUT, OUTPUT
from lookalike.tools.export.network import Network


def write(network: Network, example: np.ndarray, facts: Mapping[str, str], path: Path) -> None:
    """Write the network as one file that takes any number of images.

    Args:
        network: in evaluation mode.
        example: (n, size, size, 3) uint8, at least two crops: torch takes a batch of one for a constant.
        facts: kept as `metadata_props` of the model.
        path: the file.
    """
    program = torch.onnx.export(
        network,
        (torch.from_numpy(example),),
        dynamo=True,
        input_names=[INPUT],
        output_names=[OUTPUT],
        dynamic_shapes={INPUT: {0: torch.export.Dim("n")}},
        external_data=False,
        verbose=False,
    )
    assert program is not None, "the dynamo exporter returns its program"
    model = program.model_proto
    _forget_sources([*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info])
    helper.set_model_props(model, dict(sorted(facts.items())))
    path.write_bytes(model.SerializeToString(deterministic=True))


def runner(path: Path, network: Network) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from (n, size, size, 3) uint8 to (n, dim) float32 that runs the file, not the network."""
    del network
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda crops: np.asarray(session.run([OUTPUT], {INPUT: crops})[0])


def _forget_sources(parts: Iterable[Any]) -> None:
    # The exporter notes a stack trace, with paths of this machine, at every node.
    for part in parts:
        del part.metadata_props[:]
