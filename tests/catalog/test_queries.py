"""Photographs that ask together."""

import numpy as np
import pytest

from lookalike.catalog.queries import photographs, queries_of, query_of
from lookalike.catalog.table import Catalog


@pytest.mark.parametrize(
    ("image_id", "query"),
    [
        ("test/query/a.jpg", "test/query/a.jpg"),
        ("test/query/ann/1.jpg", "test/query/ann"),
        ("test/gallery/x.jpg", "test/gallery/x.jpg"),
    ],
)
def test_a_query_is_a_file_or_a_folder(image_id: str, query: str) -> None:
    assert query_of(image_id) == query
    assert queries_of([image_id]).tolist() == [query]


def test_the_first_readable_photograph_stands_for_its_folder() -> None:
    names = [
        "test/gallery/x.jpg",
        "test/query/a-b.jpg",
        "test/query/a/1.jpg",
        "test/query/a/2.jpg",
        "test/query/b/1.jpg",
    ]
    n, side = len(names), np.ones(len(names), np.int32)
    split, status = np.array(["gallery"] + 4 * ["query"], dtype=object), np.full(n, "ok", dtype=object)
    status[[2, 4]] = "empty file"
    same = {
        name: np.full(n, value, dtype=object) for name, value in (("domain", "real"), ("label", None), ("sha256", "0"))
    }
    catalog = Catalog(np.array(names, dtype=object), split, width=side, height=side, status=status, **same)
    # A folder comes before what begins with its name, as its id does.
    assert list(photographs(catalog).items()) == [
        ("test/query/a", "test/query/a/2.jpg"),
        ("test/query/a-b.jpg", "test/query/a-b.jpg"),
        ("test/query/b", "test/query/b/1.jpg"),
    ]
