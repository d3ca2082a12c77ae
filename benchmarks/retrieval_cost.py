"""Time and memory of retrieval on random embeddings.

Run: python -m benchmarks.retrieval_cost [methods|reciprocal|million]    (by default methods)

methods: every method on 1,500 x 1,500 x 512. reciprocal: k-reciprocal on 20,000 x 20,000 x 128, first 100 answers.
million: exact first 10 of 1,000 queries in 1,000,000 x 512. Peak memory is the process's, embeddings included.
"""

import resource
import sys
import time
from typing import Any

import numpy as np

from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.pipeline import similarity
from lookalike.retrieval.ranking import depth_within

METHODS: dict[str, dict[str, Any]] = {
    "plain": {},
    "centre": {"shift": {"method": "centre"}},
    "WCCN": {"shift": {"method": "wccn"}},
    "query averaging, twice": {"query_averaging": {"enabled": True, "neighbours": 8, "rounds": 2}},
    "gallery averaging": {"gallery_averaging": {"enabled": True, "neighbours": 3}},
    "alpha query expansion": {"expansion": {"enabled": True, "neighbours": 3}},
    "CSLS": {"hubness": {"method": "csls"}},
    "dual softmax": {"hubness": {"method": "dual_softmax"}},
    "mutual proximity": {"hubness": {"method": "mutual_proximity"}},
    "prototypes": {"prototypes": {"enabled": True, "weight": 0.1}},
    "k-reciprocal": {"k_reciprocal": {"enabled": True}},
    "diffusion, gallery graph": {"diffusion": {"enabled": True}, "transductive": False},
    "diffusion": {"diffusion": {"enabled": True}},
    "assignment": {"assignment": {"enabled": True}},
}


def unit_rows(rng: np.random.Generator, n: int, dim: int) -> np.ndarray:
    rows = rng.standard_normal((n, dim), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def embeddings(n_query: int, n_gallery: int, n_train: int, dim: int) -> Embeddings:
    rng = np.random.default_rng(0)
    query, gallery, train = (unit_rows(rng, n, dim) for n in (n_query, n_gallery, n_train))
    label = np.array([f"{i // 20}" for i in range(n_train)], dtype=object)
    domain = np.array(["real", "synthetic"], dtype=object)[np.arange(n_train) % 2]
    return Embeddings(query, gallery, train, label, domain)


def timed(name: str, data: Embeddings, **options: Any) -> None:
    retrieval = RetrievalOptions.model_validate(options)
    start = time.perf_counter()
    similarity(data, retrieval).top(depth_within(retrieval.depth, len(data.query), len(data.gallery)))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{name:28s}{seconds:8.2f} s   peak {peak:5.2f} GB", flush=True)


def main(what: str) -> None:
    if what == "reciprocal":
        timed("k-reciprocal 20k x 20k", embeddings(20_000, 20_000, 40, 128), k_reciprocal={"enabled": True}, depth=100)
    elif what == "million":
        timed("plain 1k x 1M x 512", embeddings(1_000, 1_000_000, 40, 512), depth=10)
    else:
        data = embeddings(1_500, 1_500, 1_600, 512)
        for name, options in METHODS.items():
            timed(name, data, **options)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "methods")
