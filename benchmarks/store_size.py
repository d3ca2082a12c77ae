"""A store of many images: opening it, adding one and dropping one, beside one table that is rewritten each time.

python -m benchmarks.store_size [1000000] [512]

writes made-up vectors through the store, 512 a shard as workers do, and prints seconds and bytes written. A tenth of
them also go into one Parquet table, which is how indexes were kept before: there, one more writes all of them again.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lookalike.embedding.table import EmbeddingTable
from lookalike.engine.keys import Key
from lookalike.engine.rows import DIGEST, Rows, to_hex
from lookalike.engine.store import Store
from lookalike.engine.upkeep import compact, drop

SHARD = 512


def made_up(rng: np.random.Generator, n: int, dim: int) -> Rows:
    digest = np.frombuffer(rng.bytes(n * DIGEST.itemsize), DIGEST)
    rows = rng.standard_normal((n, dim), dtype=np.float32)
    return Rows.known(digest, {"embedding": rows / np.linalg.norm(rows, axis=1, keepdims=True)})


def table_of(rows: Rows) -> EmbeddingTable:
    order = np.argsort(rows.digest)
    same = {name: np.full(len(rows), value, dtype=object) for name, value in SAME.items()}
    return EmbeddingTable(
        np.array(to_hex(rows.digest[order]), dtype=object), **same, embedding=rows.values["embedding"][order]
    )


SAME = {"split": "gallery", "domain": "synthetic", "label": None}


def told(what: str, folder: Path, work: Callable[[], object]) -> None:
    """Do something, and print how long it took and the bytes of files that were not there before."""
    before = {(path, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    now = {(path, path.stat().st_mtime_ns): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    written = sum(size for file, size in now.items() if file not in before)
    print(f"{what:52} {seconds:8.3f} s  {written / 1e6:10.3f} MB written", flush=True)


def main(images: int = 1_000_000, dim: int = 512) -> None:
    rng, key = np.random.default_rng(0), Key("vectors", {"made": "up"})
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = Store(root, key)
        for start in range(0, images, SHARD):
            store.add(made_up(rng, min(SHARD, images - start), dim))
        print(f"a store of {images:,} images × {dim}")
        new = made_up(rng, 2, dim)
        told("open it, and look which of two images are new", root, lambda: Store(root, key).unknown(new.digest))
        told("open it, add one", root, lambda: opened_and_added(root, key, new.take(np.array([0]))))
        store = Store(root, key)
        store.unknown(new.digest)
        told("add one to an open store, and see it", root, lambda: (store.add(new), store.unknown(new.digest)))
        told("drop one", root, lambda: drop(store, new.digest[:1]))
        told("compact it", root, lambda: compact(Store(root, key)))
        told("open it then, add one", root, lambda: opened_and_added(root, key, made_up(rng, 1, dim)))
    few = images // 10
    with tempfile.TemporaryDirectory() as folder:
        path, rows = Path(folder) / "table.parquet", made_up(rng, few, dim)
        table_of(rows).write(path)
        print(f"one table of {few:,} images")
        told("read it, add one, write it", Path(folder), lambda: rewritten(path, made_up(rng, 1, dim)))


def opened_and_added(root: Path, key: Key, rows: Rows) -> None:
    store = Store(root, key)
    if store.unknown(rows.digest).any():
        store.add(rows)


def rewritten(path: Path, rows: Rows) -> None:
    known = EmbeddingTable.read(path)
    digest = np.concatenate([known.image_id, np.array(to_hex(rows.digest), dtype=object)])
    order = np.argsort(digest, kind="stable")
    same = {name: np.full(len(digest), value, dtype=object) for name, value in SAME.items()}
    embedding = np.concatenate([known.embedding, rows.values["embedding"]])[order]
    EmbeddingTable(digest[order], **same, embedding=embedding).write(path)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
