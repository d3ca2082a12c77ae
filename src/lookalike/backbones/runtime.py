"""Networks that only run, on the CPU: OpenVINO in place of the library that they come from.

Every image is computed by itself, on one thread; as many images at once as there are workers. So a vector depends on
the image alone: neither its neighbours nor the number of threads can change a bit of it. On a core this costs nothing:
batches of 8 or 32 are no faster (benchmarks/embed_speed.py).
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import openvino as ov
from openvino.frontend import OpConversionFailure

from lookalike.backbones.base import Backbone
from lookalike.backbones.network_cache import CachedNetwork, save_network
from lookalike.kit.errors import LookalikeError
from lookalike.kit.openvino import compile_network
from lookalike.kit.workers import worker_count
from lookalike.params.models import Precision

if TYPE_CHECKING:
    from torch import nn


class NotConvertible(LookalikeError):
    """A torch network does what OpenVINO has no operation for."""


class CompiledBackbone(Backbone):
    """A network that OpenVINO runs; may be shared between threads."""

    alone = True

    def __init__(self, model: ov.Model, size: int, cache: Path | None = None, precision: Precision = "fp32") -> None:
        """Compile a network.

        Args:
            model: from one image (1, 3, size, size), RGB in 0..255, to its features (1, dim).
            size: side of the crops in pixels.
            cache: folder in which OpenVINO keeps what it compiled, under a key of its own; compiling takes a second
                for a large network, reading that a tenth.
            precision: number format; bf16 is fp32 on a processor without units for it.

        Raises:
            LookalikeError: the network is of another form.
        """
        try:
            compiled = compile_network(_from_crops(model, size), cache, half=precision == "bf16")
            self.dim = _length(compiled)
        except RuntimeError as error:
            raise LookalikeError(f"no network from crops of {size} pixels to features: {error}") from error
        self._queue, self._lock = ov.AsyncInferQueue(compiled, worker_count()), Lock()

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Return (n, dim) float32 features of (n, size, size, 3) uint8 crops."""
        found = np.zeros((len(crops), self.dim), dtype=np.float32)

        def keep(request: Any, row: int) -> None:
            found[row] = request.get_output_tensor(0).data[0]

        with self._lock:
            self._queue.set_callback(keep)
            for row in range(len(crops)):
                self._queue.start_async({0: crops[row : row + 1]}, row)
            self._queue.wait_all()
        return found


def read_network(path: Path) -> ov.Model:
    """Read an ONNX graph, or OpenVINO's own format.

    Raises:
        LookalikeError: the file is missing, or is no such graph.
    """
    if not path.is_file():
        raise LookalikeError(f"{path}: no such file; run `dvc repro` to fetch the weights")
    try:
        return ov.Core().read_model(path)
    except RuntimeError as error:
        raise LookalikeError(f"{path}: not a network that OpenVINO reads ({error})") from error


def compiled_once(
    digest: str, size: int, build: Callable[[], "nn.Module | ov.Model"], precision: Precision = "fp32"
) -> CompiledBackbone:
    """Return a network compiled; it is built and converted once, and read from a cache from then on.

    Args:
        digest: of all that the network comes from.
        size: side of the crops in pixels.
        build: makes the network in torch, from crops (n, 3, size, size) uint8 to (n, dim), or as OpenVINO's own; not
            called where it is cached, so that torch need not be imported.
        precision: number format that it computes in; what is kept is the same for each.

    Raises:
        NotConvertible: only torch can run the network.
    """
    cached = CachedNetwork(digest)
    if not cached.is_whole():
        built = build()
        model = built if isinstance(built, ov.Model) else _converted(built, size)
        if not cached.store(model):
            return _unkept(model, size, precision)
    backbone = CompiledBackbone(read_network(cached.graph), size, cached.compiled, precision)
    cached.note()
    return backbone


def _unkept(model: ov.Model, size: int, precision: Precision) -> CompiledBackbone:
    """Compile a network that no cache takes; written and read all the same, as features are rounded otherwise."""
    with TemporaryDirectory(prefix="lookalike-") as folder:
        save_network(model, Path(folder) / "network.xml")
        return CompiledBackbone(read_network(Path(folder) / "network.xml"), size, precision=precision)


def _from_crops(model: ov.Model, size: int) -> ov.Model:
    """Let the network take one crop as it lies in memory, (1, size, size, 3) uint8."""
    model.reshape([1, 3, size, size])
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    return steps.build()


def _length(compiled: ov.CompiledModel) -> int:
    shape = list(compiled.output(0).shape)
    if len(shape) != 2:
        raise RuntimeError(f"its output has the shape {shape}")
    return int(shape[1])


def _converted(network: "nn.Module", size: int) -> ov.Model:
    import torch

    crop = torch.zeros(1, 3, size, size, dtype=torch.uint8)
    fast = torch.backends.mha.get_fastpath_enabled()
    # torch's fused attention layer is one node that no converter knows.
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            return ov.convert_model(torch.export.export(network.eval(), (crop,)))
    except OpConversionFailure as error:
        raise NotConvertible(f"{type(network).__name__} cannot be compiled: {error}") from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
