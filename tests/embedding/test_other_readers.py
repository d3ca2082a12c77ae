"""Embeddings and rankings, opened as they are by the programs that people bring."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.dataset
import pytest

from lookalike.embedding import table as tables
from lookalike.embedding.table import EmbeddingTable
from lookalike.retrieval import ranking as rankings
from lookalike.retrieval.ranking import Ranking

DIM = 8


@pytest.fixture(scope="module")
def table() -> EmbeddingTable:
    rng = np.random.default_rng(0)
    names = {"gallery": "g", "query": "q", "train": "t"}
    split = np.repeat(np.array(list(names), dtype=object), [6, 4, 2])
    image_id = np.array([f"test/{names[kind]}/é{i:02}.jpg" for i, kind in enumerate(split)], dtype=object)
    label = np.array([None] * 10 + ["anna", "bert"], dtype=object)
    rows = rng.normal(size=(12, DIM))
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return EmbeddingTable(image_id, split, np.full(12, "real", dtype=object), label, unit, {"model": "tiny"})


@pytest.fixture(scope="module")
def ranking(table: EmbeddingTable) -> Ranking:
    query, gallery = table.of_split("query"), table.of_split("gallery")
    return Ranking.from_similarity(query.image_id, gallery.image_id, query.embedding @ gallery.embedding.T, 3)


@pytest.fixture(scope="module", params=["files", "folders"])
def files(
    table: EmbeddingTable, ranking: Ranking, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Path]:
    """Write both as one file each, and as a folder of files each, as large ones are."""
    folder = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "folders":
            patch.setattr(tables, "FILE_ROWS", 5)
            patch.setattr(rankings, "FILE_ROWS", 7)
        table.write(folder / "embeddings.parquet")
        ranking.write(folder / "ranking.parquet")
    assert (folder / "ranking.parquet").is_dir() == (request.param == "folders")
    yield folder


def within(path: Path) -> str:
    """Return what stands for all files of a table where a program asks for names of files."""
    return f"{path}/*.parquet" if path.is_dir() else str(path)


def answers(ranking: Ranking) -> list[tuple[str, int, str]]:
    return [
        (query, rank + 1, ranking.gallery_id[ranking.order[row, rank]])
        for row, query in enumerate(ranking.query_id)
        for rank in range(ranking.depth)
    ]


def test_duckdb_searches_the_vectors_and_joins_the_answers(files: Path, ranking: Ranking) -> None:
    vectors, ranked = within(files / "embeddings.parquet"), within(files / "ranking.parquet")
    search = f"""
        SELECT q.image_id, g.image_id FROM '{vectors}' q, '{vectors}' g
        WHERE q.split = 'query' AND g.split = 'gallery'
        QUALIFY row_number() OVER (
            PARTITION BY q.image_id ORDER BY list_dot_product(q.embedding, g.embedding) DESC) = 1
        ORDER BY q.image_id"""
    first = f"SELECT query_id, gallery_id FROM '{ranked}' WHERE rank = 1 ORDER BY query_id"
    with duckdb.connect() as database:
        expected = [(query, answer) for query, rank, answer in answers(ranking) if rank == 1]
        assert database.sql(first).fetchall() == expected
        assert database.sql(search).fetchall() == expected


def test_pandas_reads_both(files: Path, table: EmbeddingTable, ranking: Ranking) -> None:
    read = pd.read_parquet(files / "embeddings.parquet")
    assert read["image_id"].tolist() == table.image_id.tolist()
    np.testing.assert_array_equal(np.stack(read["embedding"].tolist()), table.embedding)
    ranked = pd.read_parquet(files / "ranking.parquet")
    found = ranked[["query_id", "rank", "gallery_id"]].astype({"query_id": str, "gallery_id": str})
    assert list(found.itertuples(index=False, name=None)) == answers(ranking)
    np.testing.assert_array_equal(ranked["score"].to_numpy(), ranking.score.reshape(-1))


def test_arrow_filters_a_folder_of_them(files: Path, table: EmbeddingTable) -> None:
    data = pyarrow.dataset.dataset(files / "embeddings.parquet")
    gallery = data.to_table(filter=pyarrow.dataset.field("split") == "gallery")
    assert gallery["image_id"].to_pylist() == table.of_split("gallery").image_id.tolist()
    assert str(data.schema.field("embedding").type) == f"fixed_size_list<element: float>[{DIM}]"


# Slow: the library alone takes seconds to load.
@pytest.mark.slow
def test_hugging_face_datasets_loads_both(
    files: Path, table: EmbeddingTable, ranking: Ranking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    import datasets

    def load(name: str) -> datasets.Dataset:
        return datasets.load_dataset(
            "parquet", data_files=within(files / name), split="train", cache_dir=str(tmp_path / "cache")
        )

    vectors = load("embeddings.parquet")
    assert vectors["image_id"][:] == table.image_id.tolist()
    assert vectors["label"][:] == table.label.tolist()
    np.testing.assert_array_equal(np.array(vectors["embedding"][:], dtype=np.float32), table.embedding)
    assert vectors.features["embedding"].length == DIM
    ranked = load("ranking.parquet")
    rows = zip(ranked["query_id"][:], ranked["rank"][:], ranked["gallery_id"][:], strict=True)
    assert list(rows) == answers(ranking)
    assert json.loads(json.dumps(ranked[0]))["rank"] == 1
