"""What was freed goes back to the system."""

import subprocess
import sys

import pytest

# Blocks of 20 MB raise glibc's limits; the next ones lie in the threads' heaps, beside small ones that stay.
CODE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import numpy as np
from lookalike.kit.memory import give_back, map_large_blocks

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def work(seed):
    blocks = [np.full(size, seed, np.uint8) for size in (30_000_000, 20_000_000, 20_000_000)]
    del blocks[0]
    return [np.full(20_000_000, seed, np.uint8), bytes(50_000)][1]

if sys.argv[1] == "mapped":
    map_large_blocks()
before, kept = held(), []
for turn in range(6):
    with ThreadPoolExecutor(4) as pool:
        kept += pool.map(work, range(1, 9))
if sys.argv[1] == "given back":
    give_back()
print(held() - before)
"""


# Without either, 290 MB stay.
@pytest.mark.parametrize(("how", "most"), [("mapped", 30_000_000), ("given back", 150_000_000)])
def test_large_blocks_do_not_stay(how: str, most: int) -> None:
    run = subprocess.run([sys.executable, "-c", CODE, how], capture_output=True, text=True, check=True)
    assert int(run.stdout) < most


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from lookalike.kit import memory

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    memory.map_large_blocks()
    memory.give_back()
