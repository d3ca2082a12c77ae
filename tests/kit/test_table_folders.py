"""A long table is a folder of files: the same content, deterministic, whole or absent, and told where it is not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pytest

from lookalike.embedding import table as embedding_table
from lookalike.embedding.table import EmbeddingTable
from lookalike.kit import columns, parquet
from lookalike.kit.columns import from_texts, matrix, numbers, texts
from lookalike.kit.digests import Damaged
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import keep_only
from lookalike.kit.parquet import read_table, stream_matrix, write_table
from lookalike.retrieval import ranking as rankings
from lookalike.retrieval.ranking import Ranking

NAMES = np.array(["ä", "b", None, "d", "e", "", "g"], dtype=object)
VECTORS = np.arange(14, dtype=np.float32).reshape(7, 2)


def written(path: Path, rows: int) -> Path:
    values = {"name": NAMES, "number": np.arange(7), "vector": VECTORS}
    write_table(path, values, {"model": "tiny"}, dictionary=["name"], rows=rows)
    return path


@pytest.mark.parametrize(("rows", "files"), [(0, None), (7, None), (3, 3), (6, 2), (1, 7)])
def test_a_folder_holds_what_one_file_does(tmp_path: Path, rows: int, files: int | None) -> None:
    path = written(tmp_path / "t.parquet", rows)
    assert path.is_dir() == (files is not None)
    if files:
        assert sorted(file.name for file in path.iterdir()) == [f"part-{i:05}.parquet" for i in range(files)]
    table = read_table(path, ["name"])
    assert texts(table, "name").tolist() == NAMES.tolist()
    assert numbers(table, "number").tolist() == list(range(7))
    assert np.array_equal(matrix(table, "vector"), VECTORS)
    assert parquet.metadata_of(table) == {"model": "tiny"}
    assert read_table(path, ["vector"], vectors=False).column_names == ["name", "number"]
    assert np.array_equal(np.concatenate(list(stream_matrix(path, "vector"))), VECTORS)


def test_other_programs_open_a_folder_as_one_table(tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", 3)
    frame = pd.read_parquet(path)
    assert frame["number"].tolist() == list(range(7))
    assert frame["name"].fillna("?").tolist() == ["ä", "b", "?", "d", "e", "", "g"]
    assert np.array_equal(np.stack(frame["vector"].tolist()), VECTORS)
    assert pyarrow.dataset.dataset(path).count_rows() == 7


def test_a_folder_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    one, other = (written(tmp_path / name, 3) for name in ("a.parquet", "b.parquet"))
    assert [file.read_bytes() for file in sorted(one.iterdir())] == [
        file.read_bytes() for file in sorted(other.iterdir())
    ]


@pytest.mark.parametrize(("before", "after"), [(0, 3), (3, 0), (3, 2), (2, 5)])
def test_one_form_takes_the_place_of_the_other(tmp_path: Path, before: int, after: int) -> None:
    path = tmp_path / "t.parquet"
    written(path, before)
    written(path, after)
    assert texts(read_table(path, []), "name").tolist() == NAMES.tolist()
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.parquet"]


def test_a_part_that_is_gone_foreign_or_damaged_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", 3)
    last = path / "part-00002.parquet"
    kept = last.read_bytes()
    for spoil in (
        last.unlink,
        lambda: last.write_bytes(written(tmp_path / "other.parquet", 0).read_bytes()),
        lambda: last.write_bytes(kept[:40] + b"?" + kept[41:]),
        lambda: (path / "part-00003.parquet").write_bytes(kept),
    ):
        last.write_bytes(kept)
        spoil()
        with pytest.raises(Damaged, match=r"t\.parquet"):
            read_table(path, [])
    (tmp_path / "empty").mkdir()
    with pytest.raises(LookalikeError, match="empty"):
        read_table(tmp_path / "empty", [])


def test_embeddings_and_rankings_survive_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_table, "FILE_ROWS", 4)
    monkeypatch.setattr(rankings, "FILE_ROWS", 5)
    rng = np.random.default_rng(0)
    names = np.array([f"{i:02}" for i in range(10)], dtype=object)
    split = np.array(["gallery"] * 4 + ["query"] * 3 + ["train"] * 3, dtype=object)
    label = np.where(split == "train", "x", None)
    rows = rng.normal(size=(10, 4))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    table = EmbeddingTable(names, split, np.full(10, "real", dtype=object), label, rows, {"model": "m"})
    table.write(tmp_path / "e.parquet")
    assert len(list((tmp_path / "e.parquet").iterdir())) == 3
    for name, value in vars(EmbeddingTable.read(tmp_path / "e.parquet")).items():
        assert np.array_equal(value, vars(table)[name]), name
    ranking = Ranking.from_similarity(names[4:7], names[:4], rows[4:7] @ rows[:4].T, 3)
    ranking.write(tmp_path / "r.parquet")
    assert len(list((tmp_path / "r.parquet").iterdir())) == 2
    for name, value in vars(Ranking.read(tmp_path / "r.parquet")).items():
        assert np.array_equal(value, vars(ranking)[name]), name


def test_only_tables_of_other_models_go(tmp_path: Path) -> None:
    for name in ("kept.parquet", "gone.parquet"):
        written(tmp_path / name, 3)
    (tmp_path / "gone.npy").touch()
    (tmp_path / "notes").mkdir()
    keep_only(tmp_path, {"kept"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.parquet", "notes"]


def test_texts_beyond_what_32_bits_count_are_large_strings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert from_texts(NAMES).type == pa.string()
    monkeypatch.setattr(columns, "TEXT_BYTES", 4)
    large = from_texts(NAMES)
    assert large.type == pa.large_string()
    assert large.to_pylist() == NAMES.tolist()
    path = written(tmp_path / "t.parquet", 0)
    assert texts(read_table(path, []), "name").tolist() == NAMES.tolist()
    assert columns.categories(read_table(path, []), "name").tolist() == NAMES.tolist()
