"""OpenVINO among threads."""

import subprocess
import sys

FIRST_LOOKS = """
from threading import Barrier, Thread
import lookalike.kit.openvino
import numpy as np
import openvino as ov

barrier = Barrier(8)
tensors = [ov.Tensor(np.zeros(4, np.float32)) for _ in range(8)]

def look(tensor):
    barrier.wait()
    assert tensor.data.size == 4

threads = [Thread(target=look, args=(tensor,)) for tensor in tensors]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_that_look_at_their_first_tensors_at_once_do_not_wait_for_ever() -> None:
    """Without the first look at import, most of these programs never end."""
    programs = [subprocess.Popen([sys.executable, "-c", FIRST_LOOKS]) for _ in range(4)]
    try:
        assert [program.wait(timeout=60) for program in programs] == [0] * 4
    finally:
        for program in programs:
            program.kill()
