"""A gallery on disk, searched in parts: the bytes of a search in memory, without holding its vectors."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookalike.embedding import table as tables
from lookalike.embedding.stored import StoredTable
from lookalike.embedding.table import EmbeddingTable, shared
from lookalike.fusion.fuse import fuse
from lookalike.fusion.plan import Plan
from lookalike.kit.errors import LookalikeError
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval import in_parts, nearest
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.in_parts import rank
from lookalike.retrieval.ranking import Ranking
from lookalike.retrieval.vectors import unit
from tests import in_memory as whole

PARTED: list[dict[str, Any]] = [
    {"depth": 9},
    {"depth": 9, "transductive": False},
    {"depth": 9, "shift": {"method": "centre"}},
    {"depth": 9, "shift": {"method": "wccn"}, "query_averaging": {"enabled": True}},
]
WHOLE: list[dict[str, Any]] = [
    {"depth": 9, "hubness": {"method": "csls"}, "transductive": False},
    {"depth": 9, "gallery_averaging": {"enabled": True}},
    {"depth": 9, "expansion": {"enabled": True}},
    {"depth": 9, "prototypes": {"enabled": True}},
    {"depth": 9, "shift": {"method": "centre", "reference": "test"}},
    {"depth": 0},  # all of the gallery
]


def table(seed: int, dim: int, n_query: int = 7, n_gallery: int = 300) -> EmbeddingTable:
    counts = {"gallery": n_gallery, "query": n_query, "train": 24}
    split = np.repeat(np.array(list(counts), dtype=object), list(counts.values()))
    names = np.array([f"{part}/{i:06}" for part, n in counts.items() for i in range(n)], dtype=object)
    label, domain = np.full(len(split), None, dtype=object), np.where(split == "gallery", "synthetic", "real")
    label[-24:] = [f"p{i // 4}" for i in range(24)]
    domain[-24::2] = "synthetic"
    rows = unit(np.random.default_rng(seed).normal(size=(len(split), dim)) + 0.3).astype(np.float32)
    rows[200:220] = rows[10]  # ties across parts
    return EmbeddingTable(names, split, domain.astype(object), label, rows, {"model": f"m{seed}", "set_aside": "99"})


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(nearest, "SMALL_CELLS", 0)
    monkeypatch.setattr(in_parts, "ROWS", 64)
    yield


def stored(path: Path, *of: EmbeddingTable) -> list[StoredTable]:
    for number, one in enumerate(of):
        one.write(path / f"{number}.parquet")
    return [StoredTable.open(path / f"{number}.parquet") for number in range(len(of))]


def written(ranking: Ranking, path: Path) -> bytes:
    ranking.write(path)
    return path.read_bytes()


def in_memory(one: EmbeddingTable, options: RetrievalOptions) -> Ranking:
    query, gallery = (one.image_id[one.split == split] for split in ("query", "gallery"))
    return whole.rank(Embeddings.of(one), query, gallery, options)


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("recipe", PARTED + WHOLE)
def test_a_stored_gallery_is_ranked_as_one_in_memory(
    tmp_path: Path, recipe: dict[str, Any], folder: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "FILE_ROWS", 50 if folder else 1000)
    one, options = table(0, 6), RetrievalOptions.model_validate(recipe)
    expected = written(in_memory(one, options), tmp_path / "expected")
    asked: list[int] = []
    monkeypatch.setattr(in_parts, "extended", lambda *given: asked.append(given[3]) or nearest.extended(*given))
    assert written(rank(stored(tmp_path, one)[0], options), tmp_path / "found") == expected
    assert asked == ([0, 64, 128, 192, 256] if recipe in PARTED else [])


@pytest.mark.parametrize("rule", ["joint", "weighted_sum", "concatenation"])
@pytest.mark.parametrize("recipe", PARTED)
def test_stored_galleries_are_fused_as_those_in_memory(tmp_path: Path, recipe: dict[str, Any], rule: str) -> None:
    both = [table(0, 6), table(1, 4)]
    plan = Plan(rule, ["a", "b"], [0.3, 0.7], [0.5, 0.6], RetrievalOptions.model_validate(recipe))
    expected = written(whole.fuse(plan, both), tmp_path / "expected")
    assert written(fuse(plan, stored(tmp_path, *both)), tmp_path / "found") == expected


def test_unknown_domains_are_told_by_the_whole_gallery(tmp_path: Path) -> None:
    one = table(0, 6)
    unknown = np.where(one.split == "train", "unknown", one.domain)
    one = EmbeddingTable(one.image_id, one.split, unknown, one.label, one.embedding, one.metadata)
    for method, parts in (("none", True), ("centre", False)):
        options = RetrievalOptions.model_validate({"depth": 9, "shift": {"method": method}})
        assert in_parts.in_parts(options, unknown[one.split == "train"]) == parts
        found = rank(stored(tmp_path, one)[0], options)
        assert written(found, tmp_path / "found") == written(in_memory(one, options), tmp_path / "expected")


def test_images_that_one_model_lacks_are_left_out_of_all(tmp_path: Path) -> None:
    one, other = table(0, 6), table(1, 4)
    other = other.rows(np.arange(len(other)) % 7 != 3)
    held, kept = shared([one, other]), shared(stored(tmp_path, one, other))
    for a, b in zip(held, kept, strict=True):
        assert np.array_equal(a.image_id, b.image_id)
        assert np.array_equal(a.embedding, b.whole().embedding)
    plan = Plan("joint", ["a", "b"], [0.3, 0.7], [0.5, 0.6], RetrievalOptions(depth=5))
    assert written(fuse(plan, kept), tmp_path / "found") == written(whole.fuse(plan, held), tmp_path / "expected")


@pytest.mark.parametrize("rows", [1, 3, 64, 330, 331, 1000])
def test_parts_are_the_rows_in_order(tmp_path: Path, rows: int) -> None:
    one = table(0, 6)
    kept = stored(tmp_path, one)[0].rows(np.arange(len(one)) % 5 != 2)
    parts = list(kept.parts(rows))
    assert np.array_equal(np.concatenate(parts), one.embedding[np.arange(len(one)) % 5 != 2])
    assert {len(part) for part in parts[:-1]} <= {rows}
    assert list(kept.rows(np.zeros(len(kept), dtype=bool)).parts(rows)) == []
    assert kept.rows(np.zeros(len(kept), dtype=bool)).whole().embedding.shape == (0, 6)


def test_a_stored_row_that_is_no_unit_vector_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = table(0, 6)
    one.embedding[150] = np.nan
    with pytest.raises(LookalikeError, match=r"m0: 1 rows.*gallery/000150"):
        rank(stored(tmp_path, one)[0], RetrievalOptions(depth=9))


def test_memory_does_not_grow_with_the_gallery(tmp_path: Path) -> None:
    peaks = []
    for size in (8_000, 40_000):
        one = table(0, 256, n_gallery=size)
        kept = stored(tmp_path, one)[0]
        tracemalloc.start()
        rank(kept, RetrievalOptions(depth=9))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    vectors = 32_000 * 256 * 4
    assert peaks[1] - peaks[0] < 0.2 * vectors  # keys of rows, masks and places: ten times 8 bytes a row
