"""What care costs: flushing a file before it is moved into place, and the digests of arrays and tables.

Run: python -m benchmarks.writes    (a gigabyte of free disk)
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lookalike.kit.arrays import written_array
from lookalike.kit.digests import require_digest
from lookalike.kit.files import write_text
from lookalike.kit.parquet import read_table, write_table

CROPS, ROWS, DIM = (10_000, 112, 112, 3), 100_000, 512
REPEATS = 3


def least(action: Callable[[], object]) -> float:
    """Return the least seconds on the clock."""
    seconds = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def show(name: str, seconds: float) -> None:
    print(f"{name:<40}{1000 * seconds:10.1f} ms", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        show("a small file, flushed and moved", least(lambda: write_text(folder / "a.json", "{}")))
        show("a small file, written in place", least(lambda: (folder / "b.json").write_text("{}")))
        crops = np.random.default_rng(0).integers(0, 256, CROPS, dtype=np.uint8)

        def write() -> None:
            with written_array(folder / "a.npy", crops.dtype, crops.shape) as array:
                array[...] = crops

        show(f"crops, {crops.nbytes / 1e6:.0f} MB: write", least(write))
        show("crops: digest", least(lambda: require_digest(folder / "a.npy")))
        rows = np.random.default_rng(0).normal(size=(ROWS, DIM)).astype(np.float32)
        table = folder / "t.parquet"
        show(f"vectors, {rows.nbytes / 1e6:.0f} MB: write", least(lambda: write_table(table, {"embedding": rows})))
        show("vectors: read", least(lambda: read_table(table, ["embedding"])))
        show("vectors: digest, part of the reading", least(lambda: require_digest(table)))


if __name__ == "__main__":
    main()
