"""One vector for several photographs of one person."""

import numpy as np

from lookalike.embedding.table import EmbeddingTable
from lookalike.retrieval.photographs import as_asked, as_one
from lookalike.retrieval.vectors import unit

NAMES = [
    "test/gallery/x.jpg",
    "test/query/a-b.jpg",
    "test/query/a/1.jpg",
    "test/query/a/2.jpg",
    "test/query/a/3.jpg",
    "test/query/c/1.jpg",
    "train/a/b/c/1.jpg",
    "train/a/b/c/2.jpg",
]


def table(names: list[str]) -> EmbeddingTable:
    rows = unit(np.random.default_rng(len(names)).normal(size=(len(names), 5))).astype(np.float32)
    split = np.array([name.split("/")[1] if name.startswith("test") else "train" for name in names], dtype=object)
    label = np.where(split == "train", "a", None)
    return EmbeddingTable(
        np.array(names, dtype=object), split, np.full(len(names), "real"), label, rows, {"model": "m"}
    )


def test_photographs_of_a_folder_become_their_mean_direction() -> None:
    before = table(NAMES)
    after = as_asked(before)
    assert after.image_id.tolist() == [
        "test/gallery/x.jpg",
        "test/query/a",
        "test/query/a-b.jpg",
        "test/query/c",
        *NAMES[6:],
    ]
    assert after.split.tolist() == ["gallery", "query", "query", "query", "train", "train"]
    assert after.metadata == before.metadata
    rows = dict(zip(after.image_id, after.embedding, strict=True))
    total = [sum(float(before.embedding[i, d]) for i in (2, 3, 4)) for d in range(5)]
    length = sum(value * value for value in total) ** 0.5
    assert np.allclose(rows["test/query/a"], np.array(total) / length, atol=1e-6)
    # What stands alone keeps every bit, a folder of one photograph too.
    for name, row in (("test/gallery/x.jpg", 0), ("test/query/a-b.jpg", 1), ("test/query/c", 5), (NAMES[7], 7)):
        assert rows[name].tobytes() == before.embedding[row].tobytes()


def test_a_table_without_folders_is_the_same_table() -> None:
    before = table([name for name in NAMES if name.count("/") == 2 or name.startswith("train")])
    assert as_asked(before) is before


def test_the_order_of_photographs_and_copies_of_all_change_nothing() -> None:
    rows = table(NAMES).embedding[:4]
    assert np.allclose(as_one(rows), as_one(rows[::-1]), atol=1e-7)
    assert np.allclose(as_one(rows), as_one(np.tile(rows, (3, 1))), atol=1e-7)
    assert as_one(rows).shape == (1, 5) and as_one(rows).dtype == np.float32
