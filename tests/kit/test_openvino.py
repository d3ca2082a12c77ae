"""OpenVINO among threads."""

import subprocess
import sys

import pytest

FIRST_LOOKS = """
from threading import Barrier, Thread
import lookalike.kit.openvino
import openvino as ov
from openvino import opset13 as op

x = op.parameter([1, 4], ov.Type.f32)
compiled = ov.Core().compile_model(ov.Model([op.relu(x)], [x]), "CPU", {"NUM_STREAMS": 2})
barrier = Barrier(4)

def look():
    tensor = compiled.create_infer_request().get_input_tensor()
    barrier.wait()
    tensor.data

threads = [Thread(target=look) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.slow  # programs, one after the other: without the look at import six in ten never end
def test_threads_that_look_at_their_first_tensors_at_once_do_not_wait_for_ever() -> None:
    for _ in range(5):
        subprocess.run([sys.executable, "-c", FIRST_LOOKS], check=True, timeout=60)
