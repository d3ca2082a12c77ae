"""The exported index, searched as a user would."""

import json
from collections.abc import Callable

import faiss
import pytest

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import read_json
from lookalike.run.run import Run
from lookalike.tools.export.exporter import Exporter
from lookalike.tools.export.gallery import compare
from tests.tools.export.conftest import DIM, FinishedRun, embeddings

TABLE = embeddings()
GALLERY, QUERY = TABLE.of_split("gallery"), TABLE.of_split("query")


def test_searching_the_index_gives_the_order_of_plain_cosine(finished_run: Callable[..., FinishedRun]) -> None:
    run = finished_run()
    Exporter(Run(run.root), "tiny", run.recipe).write_gallery(run.root / "out")
    index = faiss.read_index(str(run.root / "out/gallery.faiss"))
    ids = json.loads((run.root / "out/gallery_ids.json").read_text())
    assert ids == GALLERY.image_id.tolist()
    score, found = index.search(QUERY.embedding, len(ids))
    for query, row, scores in zip(QUERY.embedding.astype(float), found, score, strict=True):
        cosine = {name: float(query @ one) for name, one in zip(ids, GALLERY.embedding.astype(float), strict=True)}
        assert [cosine[ids[i]] for i in row] == pytest.approx(sorted(cosine.values(), reverse=True), abs=1e-6)
        assert scores == pytest.approx(sorted(cosine.values(), reverse=True), abs=1e-6)


def test_the_record_says_how_well_it_agrees(finished_run: Callable[..., FinishedRun]) -> None:
    run = finished_run()
    Exporter(Run(run.root), "tiny", run.recipe).write_gallery(run.root / "out")
    record = read_json(run.root / "out/parity.json")["gallery"]
    assert (record["images"], record["queries"], record["depth"]) == (6, 3, 6)
    assert record["same_order"] > 0.6  # two of six images are the same, and may stand in either order


def test_an_index_of_other_rows_is_refused() -> None:
    index = faiss.IndexFlatIP(DIM)
    index.add(GALLERY.embedding[::-1].copy())
    with pytest.raises(LookalikeError, match="differ from plain cosine"):
        compare(index, QUERY.embedding, GALLERY.embedding)


def test_without_queries_nothing_disagrees() -> None:
    index = faiss.IndexFlatIP(DIM)
    index.add(GALLERY.embedding)
    assert compare(index, QUERY.embedding[:0], GALLERY.embedding).same_order == 1.0
