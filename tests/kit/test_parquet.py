from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.faces.table import FALLBACK, FaceTable
from lookalike.kit.columns import ascending, categories, texts
from lookalike.kit.errors import LookalikeError


def column(*values: object) -> np.ndarray:
    return np.array(values, dtype=object)


def a_catalog(**changes: np.ndarray) -> Catalog:
    columns = {
        "image_id": column("test/gallery/c.png", "test/query/b.jpg", "train/x/a.jpg"),
        "split": column("gallery", "query", "train"),
        "domain": column("synthetic", "real", "unknown"),
        "label": column(None, "x", "x"),
        "width": np.array([8, 0, 16], np.int32),
        "height": np.array([9, 0, 17], np.int32),
        "sha256": column("0", "1", "2"),
        "status": column("ok", "empty file", "ok"),
    }
    return Catalog(**columns | changes)


def an_embedding_table(**changes: np.ndarray) -> EmbeddingTable:
    columns = {
        "image_id": column("test/query/b.jpg", "train/x/a.jpg"),
        "split": column("query", "train"),
        "domain": column("real", "unknown"),
        "label": column(None, "x"),
        "embedding": np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0]], np.float32),
    }
    return EmbeddingTable(**columns | changes, metadata={"model": "sface"})


def a_face_table(**changes: np.ndarray) -> FaceTable:
    columns = {
        "image_id": column("a.jpg", "b.jpg"),
        "detector": column("mtcnn", FALLBACK),
        "score": np.array([0.9, 0.0], np.float32),
        "box": np.arange(8, dtype=np.float32).reshape(2, 4),
        "landmarks": np.arange(20, dtype=np.float32).reshape(2, 5, 2),
    }
    return FaceTable(**columns | changes)


@pytest.mark.parametrize("table", [a_catalog(), an_embedding_table(), a_face_table()])
def test_a_table_survives_its_file_and_rewrites_to_the_same_bytes(
    tmp_path: Path, table: Catalog | EmbeddingTable | FaceTable
) -> None:
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    table.write(first)
    back = type(table).read(first)
    for name, values in vars(table).items():
        np.testing.assert_array_equal(getattr(back, name), values)
    back.write(second)
    assert first.read_bytes() == second.read_bytes()


def test_a_table_opens_in_pandas(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    an_embedding_table().write(path)
    frame = pd.read_parquet(path)
    assert frame["image_id"].tolist() == ["test/query/b.jpg", "train/x/a.jpg"]
    assert frame["label"].isna().tolist() == [True, False]
    np.testing.assert_array_equal(np.stack(frame["embedding"].tolist()), an_embedding_table().embedding)


def test_embeddings_are_stored_as_fixed_size_lists_of_float32(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    an_embedding_table().write(path)
    schema = pq.read_schema(path)
    assert str(schema.field("embedding").type) == "fixed_size_list<element: float>[3]"
    assert schema.metadata == {b"model": b"sface"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_id": column("b", "a", "c")}, "catalogue rows must be unique and sorted by image_id"),
        ({"image_id": column("a", "a", "c")}, "catalogue rows must be unique and sorted by image_id"),
        ({"split": column("gallery", "query", "valid")}, "valid"),
        ({"domain": column("real", "real", "drawn")}, "drawn"),
        ({"label": column("x")}, "differ in length"),
    ],
)
def test_a_catalogue_refuses_what_breaks_its_contract(changes: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(LookalikeError, match=message):
        a_catalog(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": column("x", "x")}, "test images carry labels; they are for scoring alone"),
        ({"image_id": column("b", "a")}, "rows must be unique and sorted by image_id"),
        ({"image_id": column("a", "a")}, "rows must be unique and sorted by image_id"),
        ({"embedding": np.array([[np.nan, 0, 0], [0, 0, 1]], np.float32)}, r"sface: 1 rows.*query/b\.jpg"),
        ({"embedding": np.array([[0, 0, 0], [0, 0, 1]], np.float32)}, "not finite unit vectors"),
        ({"embedding": np.ones((3, 2), np.float32)}, "shape"),
    ],
)
def test_an_embedding_table_refuses_what_breaks_its_contract(changes: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(LookalikeError, match=message):
        an_embedding_table(**changes)


@pytest.mark.parametrize("changes", [{"box": np.zeros((2, 5))}, {"box": np.full((2, 4), np.inf)}])
def test_a_face_table_refuses_what_breaks_its_contract(changes: dict[str, np.ndarray]) -> None:
    with pytest.raises(LookalikeError, match="shapes|finite"):
        a_face_table(**changes)


def test_a_table_that_is_missing_broken_or_of_another_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match=r"absent\.parquet.*dvc repro"):
        Catalog.read(tmp_path / "absent.parquet")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 not really")
    with pytest.raises(LookalikeError, match=r"broken\.parquet.*not a Parquet file"):
        Catalog.read(broken)
    other = tmp_path / "faces.parquet"
    a_face_table().write(other)
    with pytest.raises(LookalikeError, match=r"lacks the columns.*split"):
        Catalog.read(other)


def test_rows_and_splits_keep_keys_and_vectors_together() -> None:
    table = an_embedding_table().of_split("train")
    assert list(table.image_id) == ["train/x/a.jpg"]
    np.testing.assert_array_equal(table.embedding, [[0, 0, 1]])


words = st.sampled_from(["train", "query", "", "zwölf", "\U0001f41f", None])


@given(st.lists(st.lists(words, max_size=20), max_size=4))
def test_a_column_of_few_values_reads_as_any_other_with_one_object_a_value(
    chunks: list[list[str | None]],
) -> None:
    table = pa.table({"split": pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())})
    read = categories(table, "split")
    assert read.tolist() == texts(table, "split").tolist() == [word for chunk in chunks for word in chunk]
    assert read.dtype == object
    assert len({id(word) for word in read}) == len(set(read))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=6), st.booleans())
def test_ascending_is_unique_and_sorted(ids: list[str], tidy: bool) -> None:
    ids = sorted(set(ids)) if tidy else ids
    assert ascending(np.array(ids, dtype=object)) == (ids == sorted(set(ids)))
