"""Which photographs ask together: those of one folder of `test/query` are one query, any other is one by itself.

The id of a query is the path of its folder, or of its file; nothing else tells the two apart.
"""

from collections.abc import Iterable

import numpy as np

from lookalike.catalog.table import Catalog


def query_of(image_id: str) -> str:
    """Return the id of the query that a test image belongs to: `test/query/ann/1.jpg` -> `test/query/ann`."""
    return "/".join(image_id.split("/")[:3])


def queries_of(image_ids: Iterable[str]) -> np.ndarray:
    """Return the (n,) ids of the queries that test images belong to, one for each image."""
    return np.array([query_of(name) for name in image_ids], dtype=object)


def photographs(catalog: Catalog) -> dict[str, str]:
    """Return query id -> the photograph that stands for it where one is shown: its first readable one, if it has any.

    Sorted by query id.
    """
    asks = catalog.rows(catalog.split == "query")
    best: dict[str, tuple[bool, str]] = {}
    for query, unreadable, name in zip(queries_of(asks.image_id), ~asks.ok, asks.image_id, strict=True):
        best[query] = min(best.get(query, (True, name)), (bool(unreadable), name))
    return {query: name for query, (_, name) in sorted(best.items())}
