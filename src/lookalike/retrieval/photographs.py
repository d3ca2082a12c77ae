"""Several photographs of one person ask as one: by the mean of their unit vectors, model by model.

Weights by the detector's certainty, means after the domain shift or of scores, and the best score were tried on
training identities; none was better (benchmarks/several_photos.py, docs/results.md).
"""

import numpy as np

from lookalike.catalog.queries import queries_of
from lookalike.embedding.table import KEYS, EmbeddingTable
from lookalike.retrieval.vectors import unit


def as_one(rows: np.ndarray) -> np.ndarray:
    """Return the direction (1, dim) float32 of the mean of unit rows (k, dim); a single row stays bit for bit."""
    return rows if len(rows) == 1 else unit(rows.mean(axis=0, dtype=np.float64, keepdims=True)).astype(np.float32)


def as_asked(table: EmbeddingTable) -> EmbeddingTable:
    """Return the table with one row a query: photographs of one folder become one, under the folder's id.

    What could not be embedded has no row, so that a folder asks with the rest; without any, it is a miss.
    """
    asks = table.split == "query"
    names = table.image_id.copy()
    names[asks] = queries_of(table.image_id[asks])
    if np.array_equal(names, table.image_id):
        return table
    order = np.argsort(names, kind="stable")
    first = np.flatnonzero(np.append(True, names[order][1:] != names[order][:-1]))
    members = np.split(order, first[1:])
    keys = {key: getattr(table, key)[order[first]] for key in KEYS} | {"image_id": names[order[first]]}
    embedding = np.concatenate([as_one(table.embedding[rows]) for rows in members])
    return EmbeddingTable(**keys, embedding=embedding, metadata=table.metadata)
