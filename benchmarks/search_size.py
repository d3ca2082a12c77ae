"""Exact search at size beside the matrix product that bounds it, and what `rank` and `fuse` take as a whole.

Run: python -m benchmarks.search_size [queries] [gallery] [dim] [depth]    (by default 200 200000 512 100)
     python -m benchmarks.search_size check ROWS                           (the last part alone)

On random unit vectors, one gallery image in a hundred a copy of another. Each line is measured in a process of its own,
so that peak memory, vectors included, is its own.

search: the rate of a plain product in blocks, before and after; `top_k`; its answers against float64 and a stable sort,
on a sample of queries.
rank, fuse: reading Parquet tables of two models (of `dim` and of 128 numbers), ranking by the first or fusing both with
`transductive: false`, and writing the ranking; also with a domain shift, and with a hubness correction, which holds all
vectors. The digest of the answers tells whether two revisions rank alike.
check: how long it takes to see that a table's ids are unique and sorted: by a sorted set, as it was done; neighbour by
neighbour, as it is; by Arrow's kernel, from an Arrow column and from the objects that tables hold. With `check ROWS`
also the keys of a table of so many rows, written and opened with all checks, vectors of 8 numbers left on disk.
"""

import hashlib
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lookalike.embedding.stored import StoredTable
from lookalike.embedding.table import EmbeddingTable, shared
from lookalike.fusion.fuse import fuse
from lookalike.fusion.plan import Plan
from lookalike.kit.columns import ascending
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.in_parts import rank
from lookalike.retrieval.nearest import top_k
from lookalike.retrieval.ranking import Ranking
from lookalike.retrieval.vectors import cosine

SAMPLE = 20
BLOCK = 8192
TRAIN = 200
SHIFTED: dict[str, Any] = {"shift": {"method": "centre"}}
CORRECTED: dict[str, Any] = SHIFTED | {"hubness": {"method": "dual_softmax"}}


def unit_rows(seed: int, n: int, dim: int) -> np.ndarray:
    """Return random unit rows, made in place; the last hundredth are copies of the first."""
    rng, rows = np.random.default_rng(seed), np.empty((n, dim), dtype=np.float32)
    for start in range(0, n, BLOCK):
        block = rows[start : start + BLOCK]
        rng.standard_normal(dtype=np.float32, out=block)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    rows[n - n // 100 :] = rows[: n // 100]
    return rows


def product_rate(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Return the GFLOP/s of a float32 product in blocks, whose results are not looked at: by clock, by processor."""
    out = np.empty((len(query), BLOCK), dtype=np.float32)
    flops, begin = 0, clocks()
    for start in range(0, len(gallery) - BLOCK + 1, BLOCK):
        np.matmul(query, gallery[start : start + BLOCK].T, out=out)
        flops += 2 * out.size * query.shape[1]
        if clocks()[0] - begin[0] > 10:
            break
    return flops / (clocks() - begin) / 1e9


def search(queries: int, gallery: int, dim: int, depth: int) -> str:
    asked, rows = unit_rows(1, queries, dim), unit_rows(0, gallery, dim)
    before = product_rate(asked[:1024], rows)
    begin = clocks()
    order, score = top_k(asked, rows, depth)
    seconds = clocks() - begin
    after = product_rate(asked[:1024], rows)
    peak = peak_memory()
    rate, best = 2 * queries * gallery * dim / seconds / 1e9, np.maximum(before, after)
    clock, processor = rate / best
    sample = np.linspace(0, queries - 1, min(SAMPLE, queries)).astype(int)
    similarity = cosine(asked[sample], rows)
    right = np.argsort(-similarity, axis=1, kind="stable")[:, :depth]
    same = np.array_equal(order[sample], right)
    same &= np.array_equal(score[sample], np.take_along_axis(similarity, right, axis=1))
    return (
        f"{seconds[0]:8.2f} s   {rate[0]:.0f} GFLOP/s, a product {before[0]:.0f} before, {after[0]:.0f} after: ratio "
        f"{clock:.2f} by the clock, {processor:.2f} of processor time   peak {peak:.2f} GB   "
        f"{len(sample)} queries as by float64: {same}"
    )


def write_models(folder: Path, queries: int, gallery: int, dim: int) -> str:
    counts = {"gallery": gallery, "query": queries, "train": TRAIN}
    split = np.repeat(np.array(list(counts), dtype=object), list(counts.values()))
    names = np.array([f"test/{part}/{i:032x}.jpg" for part, n in counts.items() for i in range(n)], dtype=object)
    label = np.full(len(names), None, dtype=object)
    label[-TRAIN:] = [f"{i // 20}" for i in range(TRAIN)]
    domain = np.array(["synthetic"] * gallery + ["real"] * queries + ["real", "synthetic"] * (TRAIN // 2), dtype=object)
    for model, width in (("one", dim), ("two", 128)):
        rows = unit_rows(width, len(names), width)
        EmbeddingTable(names, split, domain, label, rows, {"model": model}).write(folder / f"{model}.parquet")
    return f"peak {peak_memory():.2f} GB"


def ranked(folder: Path, recipe: dict[str, Any]) -> str:
    options, begin = RetrievalOptions.model_validate(recipe | {"transductive": False}), clocks()
    rank(StoredTable.open(folder / "one.parquet"), options).write(folder / "ranking.parquet")
    return _line(begin, folder / "ranking.parquet")


def fused(folder: Path, recipe: dict[str, Any], rule: str) -> str:
    options, begin = RetrievalOptions.model_validate(recipe | {"transductive": False}), clocks()
    tables = shared([StoredTable.open(folder / f"{model}.parquet") for model in ("one", "two")])
    fuse(Plan.equal(rule, ["one", "two"], options), tables).write(folder / "ranking.parquet")
    return _line(begin, folder / "ranking.parquet")


def _line(begin: np.ndarray, ranking: Path) -> str:
    seconds, peak, read = clocks() - begin, peak_memory(), Ranking.read(ranking)
    digest = hashlib.sha256(read.order.tobytes() + read.score.tobytes()).hexdigest()[:12]
    return f"{seconds[0]:8.2f} s, of processor time {seconds[1]:.2f}   answers {digest}   peak {peak:.2f} GB"


def check(how: str, n: int) -> str:
    names = np.array([f"test/gallery/{i:032x}.jpg" for i in range(n)], dtype=object)
    import pyarrow.compute as pc

    column = pa.array(names.tolist(), pa.string())
    ways: dict[str, Callable[[], Any]] = {
        "a sorted set": lambda: list(names) == sorted(set(names)),
        "neighbours": lambda: ascending(names),
        "Arrow": lambda: pc.all(pc.less(column[:-1], column[1:])).as_py(),
        "Arrow, of objects": lambda: pc.all(
            pc.less((made := pa.array(names.tolist(), pa.string()))[:-1], made[1:])
        ).as_py(),
    }
    held, begin = peak_memory(), time.perf_counter()
    sound = ways[how]()
    return f"{time.perf_counter() - begin:8.3f} s   {peak_memory() - held:.2f} GB more   sound: {sound}"


def clocks() -> np.ndarray:
    """Return the seconds of the clock on the wall, and of the processor in this process."""
    return np.array([time.perf_counter(), time.process_time()])


def peak_memory() -> float:
    """Return GB. A process begins with the peak of the one that starts it, so that one does no work here."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def alone(what: str, work: Callable[..., str], *given: Any) -> None:
    """Print what some work says, done in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        print(f"{what:44s}{pool.submit(work, *given).result()}", flush=True)


def main(queries: int = 200, gallery: int = 200_000, dim: int = 512, depth: int = 100) -> None:
    size = f"{queries:,} × {gallery:,} × {dim}"
    alone(f"search, {size}, first {depth}", search, queries, gallery, dim, depth)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone("writing the tables", write_models, folder, queries, gallery, dim)
        for recipe in ({}, {"depth": depth}, SHIFTED | {"depth": depth}, CORRECTED | {"depth": depth}):
            alone(f"rank {', '.join(recipe) or 'as by default'}", ranked, folder, recipe)
            alone(f"fuse joint {', '.join(recipe) or 'as by default'}", fused, folder, recipe, "joint")
        alone(f"fuse weighted_sum depth {depth}", fused, folder, {"depth": depth}, "weighted_sum")
    checks(gallery)


def checks(rows: int) -> None:
    for how in ("a sorted set", "neighbours", "Arrow", "Arrow, of objects"):
        alone(f"check of {rows:,} ids by {how}", check, how, rows)


def write_keys(path: Path, rows: int) -> str:
    names = np.array([f"test/gallery/{i:032x}.jpg" for i in range(rows)], dtype=object)
    split, domain, label = (np.full(rows, value, dtype=object) for value in ("gallery", "synthetic", None))
    begin = clocks()
    EmbeddingTable(names, split, domain, label, unit_rows(0, rows, 8), {"model": "one"}).write(path)
    return f"{clocks()[0] - begin[0]:8.2f} s, {len(list(path.iterdir())) if path.is_dir() else 1} files"


def open_keys(path: Path) -> str:
    begin = clocks()
    rows = len(StoredTable.open(path))
    seconds = clocks() - begin
    return f"{seconds[0]:8.2f} s, of processor time {seconds[1]:.2f}, {rows:,} rows   peak {peak_memory():.2f} GB"


def checked_table(rows: int) -> None:
    checks(rows)
    with tempfile.TemporaryDirectory() as name:
        alone(f"writing a table of {rows:,}", write_keys, Path(name) / "one.parquet", rows)
        alone("opening it, digests and keys checked", open_keys, Path(name) / "one.parquet")


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"]:
        checked_table(int(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:]))
