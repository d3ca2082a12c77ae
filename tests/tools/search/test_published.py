"""Searching before the first run: a folder, and one model as published."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from lookalike.backbones.trained import read_training
from lookalike.embedding import table as tables
from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.errors import LookalikeError
from lookalike.tools.search.published import any_run, published_run
from lookalike.tools.search.searcher import Searcher
from tests.tools.search.conftest import ROOT, params


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a project that nothing was run in, with the corrections of the shipped params: none."""
    root = tmp_path / "clone"
    root.mkdir()
    edit(root)
    return root


def edit(root: Path, **run: object) -> None:
    value = params()
    value["run"] |= run
    value["retrieval"] = yaml.safe_load((ROOT / "params.yaml").read_text())["retrieval"]
    (root / "params.yaml").write_text(yaml.safe_dump(value))


def test_a_folder_can_be_searched_before_the_first_run(clone: Path, folder: Path, finished: Path) -> None:
    photo = sorted((finished / "data/raw/sample/test/query").iterdir())[0]
    searcher = Searcher.open(clone, folder)
    answer = searcher.search(photo, "sface", top=3)
    assert searcher.systems == ("sface",)
    assert [match.probability for match in answer.matches] == [None] * 3
    assert not (clone / "data/fusion.json").exists()


def test_it_ranks_by_plain_cosine(clone: Path, folder: Path, finished: Path) -> None:
    searcher = Searcher.open(clone, folder)
    name = str(searcher.gallery.catalog.image_id[0])
    answer = searcher.search(folder / name, "sface", top=6)
    own = searcher.gallery.embedding["sface"]
    assert answer.matches[0].image_id == name
    np.testing.assert_allclose([match.score for match in answer.matches], np.sort(own @ own[0])[::-1], atol=1e-5)


def test_its_weights_are_the_pinned_ones_as_published(clone: Path) -> None:
    run = published_run(clone)
    training = read_training(run.trained("sface"))
    assert (training.kept, training.weights_sha256) == ("frozen", run.params.weights_of("sface").sha256)
    assert run.weights("sface").stat().st_size > 30_000_000


def test_the_first_model_that_needs_no_training_is_taken(clone: Path) -> None:
    edit(clone, models=["effnet_lite0", "dlib", "sface"])
    assert list(any_run(clone).tables) == ["dlib"]


def test_where_every_model_needs_training_a_run_is_asked_for(clone: Path) -> None:
    edit(clone, models=["effnet_lite0"])
    with pytest.raises(LookalikeError, match="needs training; run `dvc repro`"):
        any_run(clone)


def test_the_runs_own_gallery_needs_a_run(clone: Path) -> None:
    with pytest.raises(LookalikeError, match="no finished run to search with .*name a folder"):
        Searcher.open(clone)


def test_a_finished_run_is_preferred(project: Path) -> None:
    run = any_run(project)
    assert run.plan is not None
    assert all(isinstance(table, EmbeddingTable) and len(table) for table in run.tables.values())


def test_a_finished_run_whose_embeddings_are_folders_is_searched(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project / "data/embeddings/sface.parquet"
    table = EmbeddingTable.read(path)
    monkeypatch.setattr(tables, "FILE_ROWS", 5)
    table.write(path)
    assert path.is_dir()
    assert np.array_equal(any_run(project).tables["sface"].embedding, table.embedding)
