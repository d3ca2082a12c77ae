"""What docs/scale.md multiplies: bytes of a table's row on disk and in memory, and what DVC takes for a folder's file.

Run: python -m benchmarks.scale [rows|folder] [count]     (by default rows, of 200,000 images; folder, of 20,000 files)

rows: made-up tables with image ids of 33 characters, written and read by their own classes. Memory is what Python and
Arrow hold once a table is read, and at most meanwhile. folder: a stage that depends on a folder of files of 10 kB,
which DVC hashes before it runs; then the same once nothing has changed, and once one file has.
"""

import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa

from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.faces.table import FaceTable
from lookalike.retrieval.ranking import Ranking

QUERIES, DEPTH, DIM = 1000, 1000, 128
FILE = 10_000


def repeated(text: str | None, n: int) -> np.ndarray:
    return np.full(n, text, dtype=object)


def tables(n: int) -> dict[str, Any]:
    """Return made-up tables of n images."""
    rng = np.random.default_rng(0)
    image_id = np.array([f"train/identity_{i // 10:06d}/real_{i % 10:02d}.jpg" for i in range(n)], dtype=object)
    label = np.array([name.split("/")[1] for name in image_id], dtype=object)
    digest = np.array([rng.bytes(32).hex() for _ in range(n)], dtype=object)
    real, side = repeated("real", n), np.full(n, 512, np.int32)
    split = np.array(["query", "gallery"], dtype=object)[(np.arange(n) >= QUERIES).astype(int)]
    points = rng.random((n, 14), dtype=np.float32)
    vectors = np.zeros((n, DIM), dtype=np.float32)
    vectors[:, 0] = 1
    order = rng.integers(0, n - QUERIES, (QUERIES, DEPTH), dtype=np.int32)
    score = -np.sort(-rng.random((QUERIES, DEPTH), dtype=np.float32), axis=1)
    return {
        "catalogue": Catalog(image_id, split, real, label, side, side, digest, repeated("ok", n)),
        "face table": FaceTable(
            image_id, repeated("mtcnn", n), points[:, 0], points[:, :4], points[:, 4:].reshape(n, 5, 2)
        ),
        f"embeddings, {DIM} numbers": EmbeddingTable(image_id, split, real, repeated(None, n), vectors),
        f"ranking, {QUERIES} x {DEPTH}": Ranking(image_id[:QUERIES], image_id[QUERIES:], order, score),
    }


def rows(n: int) -> None:
    """Print bytes a row."""
    with TemporaryDirectory() as folder:
        for name, table in tables(n).items():
            path, count = Path(folder) / "table.parquet", QUERIES * DEPTH if isinstance(table, Ranking) else n
            table.write(path)
            held, most = memory_of(type(table).read, path)
            print(
                f"{name:26s}{path.stat().st_size / count:8.1f} bytes on disk{held / count:8.1f} in memory"
                f"{most / count:8.1f} while read",
                flush=True,
            )


def memory_of(read: Callable[[Path], Any], path: Path) -> tuple[int, int]:
    """Return the bytes that are held once a table is read, and the most of Python's meanwhile and Arrow's then."""
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    table = read(path)
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    arrow = pa.total_allocated_bytes() - before
    del table
    return held + arrow, most + arrow


def folder(n: int) -> None:
    """Print the seconds of `dvc repro`."""
    with TemporaryDirectory() as name:
        root = Path(name)
        dvc(root, "init", "--no-scm", "-q")
        (root / "dvc.yaml").write_text("stages: {look: {cmd: 'true', deps: [images]}}\n")
        for i in range(n):
            file = root / f"images/{i % 100:02d}/{i}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(os.urandom(FILE))
        for what in ("all files new", "nothing changed", "one file changed"):
            start = time.perf_counter()
            dvc(root, "repro", "-q")
            seconds = time.perf_counter() - start
            print(f"{what:20s}{seconds:8.2f} s {seconds / n * 1e6:8.1f} s a million files", flush=True)
            if what == "nothing changed":
                (root / "images/00/0.jpg").write_bytes(os.urandom(FILE))


def dvc(root: Path, *arguments: str) -> None:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=root, env=environment, check=True)


if __name__ == "__main__":
    kind, *count = sys.argv[1:] or ["rows"]
    if kind == "rows":
        rows(int(count[0]) if count else 200_000)
    else:
        folder(int(count[0]) if count else 20_000)
