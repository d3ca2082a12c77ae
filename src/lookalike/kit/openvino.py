"""Networks that only run, on the CPU, in OpenVINO: the same bytes whatever the number of workers."""

from pathlib import Path
from threading import local

import numpy as np
import openvino as ov

from lookalike.kit.workers import worker_count

# OpenVINO's binding looks NumPy up at the first `data` of a tensor, and two threads that do so at once wait for each
# other and for Python's lock for ever. So it is done here, where modules are loaded one at a time.
_FIRST = ov.Tensor(np.zeros(1, np.float32)).data


def compile_network(model: ov.Model, cache: Path | None = None, half: bool = False) -> ov.CompiledModel:
    """Compile a network that runs once a worker side by side, each time on one thread.

    Args:
        model: the network.
        cache: folder in which OpenVINO keeps what it compiled, under a key of its own.
        half: compute in bfloat16 where the processor has units for it; elsewhere in 32-bit floats all the same.
    """
    streams = worker_count()
    threads = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams, "ENABLE_CPU_PINNING": False}
    # Said either way: left alone, OpenVINO takes bfloat16 wherever it can.
    numbers = {"INFERENCE_PRECISION_HINT": "bf16" if half else "f32"}
    kept = {} if cache is None else {"CACHE_DIR": str(cache)}
    return ov.Core().compile_model(model, "CPU", {**numbers, **threads, **kept})


class Network:
    """A compiled network of one input; may be shared between threads."""

    def __init__(self, model: ov.Model) -> None:
        """Compile a network."""
        self._compiled = compile_network(model)
        self._thread = local()

    def __call__(self, value: np.ndarray) -> list[np.ndarray]:
        """Return the outputs for one input, of the shape that the network was made for."""
        if not hasattr(self._thread, "request"):
            self._thread.request = self._compiled.create_infer_request()
            self._thread.input = self._thread.request.get_input_tensor().data
        self._thread.input[:] = value
        self._thread.request.infer()
        # The next call overwrites what the request holds.
        return [tensor.data.copy() for tensor in self._thread.request.output_tensors]
