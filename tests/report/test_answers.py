import numpy as np
import pytest

from lookalike.catalog.table import Catalog
from lookalike.faces.table import FaceTable
from lookalike.metrics.judgement import Truth
from lookalike.report.answers import UNSCORED, Answers, answers
from lookalike.report.breakdown import gallery_groups, kinds, query_groups
from lookalike.retrieval.ranking import Ranking

# Query a has both images of x right, b finds its only image last, c has no match, d no label, e no answer.
ROWS = [
    ("g1", "gallery", "synthetic", "x"),
    ("g2", "gallery", "synthetic", "x"),
    ("g3", "gallery", "unknown", "y"),
    ("qa", "query", "real", "x"),
    ("qb", "query", "synthetic", "y"),
    ("qc", "query", "real", "z"),
    ("qd", "query", "real", None),
    ("qe", "query", "real", "x"),
]


@pytest.fixture
def catalog() -> Catalog:
    name, split, domain, label = (np.array(column, dtype=object) for column in zip(*ROWS, strict=True))
    side = np.full(len(ROWS), 8, np.int32)
    return Catalog(name, split, domain, label, side, side, name, np.full(len(ROWS), "ok", dtype=object))


@pytest.fixture
def system(catalog: Catalog) -> Answers:
    query = np.array(["qa", "qb", "qc", "qd"], dtype=object)
    similarity = np.array([[0.9, 0.7, 0.2], [0.8, 0.6, 0.5], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])
    ranking = Ranking.from_similarity(query, catalog.image_id[:3], similarity, 0)
    return answers(ranking, Truth.of(catalog), catalog.image_id[catalog.split == "query"], 2, {"qa": 0.75})


def test_first_hits_by_hand(system: Answers) -> None:
    assert system.first_hit.tolist() == [1, 3, UNSCORED, UNSCORED, 0]


def test_the_margin_is_best_right_minus_best_wrong(system: Answers) -> None:
    assert system.margin == pytest.approx([0.7, -0.3, np.nan, np.nan, np.nan], nan_ok=True, abs=1e-6)


def test_only_the_first_answers_are_kept(system: Answers) -> None:
    assert system.gallery_id.tolist() == [["g1", "g2"], ["g1", "g2"], ["g3", "g2"], ["g1", "g2"], [None, None]]
    assert np.isnan(system.score[4]).all()


def test_confidence_is_of_the_query_it_belongs_to(system: Answers) -> None:
    assert system.confidence == pytest.approx([0.75, np.nan, np.nan, np.nan, np.nan], nan_ok=True)


def test_rates_by_domain_of_the_query(system: Answers, catalog: Catalog) -> None:
    rows = {(g.kind, g.value): (g.count, g.top1, g.top10) for g in query_groups(system, kinds(catalog, None, {}))}
    assert rows == {("domain", "real"): (2, 0.5, 0.5), ("domain", "synthetic"): (1, 0.0, 1.0)}


def test_gallery_images_are_found_by_their_own_queries(system: Answers, catalog: Catalog) -> None:
    faces = FaceTable(
        catalog.image_id[:2],
        np.array(["mtcnn", "centre"], dtype=object),
        np.zeros(2, np.float32),
        np.zeros((2, 4), np.float32),
        np.zeros((2, 5, 2), np.float32),
    )
    rows = {(g.kind, g.value): (g.count, g.top10) for g in gallery_groups(system, catalog, kinds(catalog, faces, {}))}
    # g1 and g2 are looked for by qa and qe, and only qa finds them; g3 by qb, beyond the two answers kept here.
    assert rows == {
        ("domain", "synthetic"): (2, 0.5),
        ("domain", "unknown"): (1, 0.0),
        ("face", "found"): (1, 0.5),
        ("face", "not found"): (1, 0.5),
        ("face", "not read"): (1, 0.0),
    }


def test_a_division_into_one_kind_is_not_shown(system: Answers, catalog: Catalog) -> None:
    one = Catalog(**{**vars(catalog), "domain": np.full(len(catalog), "real", dtype=object)})
    assert query_groups(system, kinds(one, None, {})) == []


def test_gallery_images_are_told_apart_by_style(system: Answers, catalog: Catalog) -> None:
    groups = gallery_groups(system, catalog, kinds(catalog, None, {"g1": "pencil", "g2": "oil"}))
    rows = {g.value: (g.count, g.top10) for g in groups if g.kind == "style"}
    assert rows == {"pencil": (1, 0.5), "oil": (1, 0.5), "not named": (1, 0.0)}


def test_queries_of_no_style_are_not_divided_by_style(system: Answers, catalog: Catalog) -> None:
    groups = query_groups(system, kinds(catalog, None, {"g1": "pencil", "g2": "oil"}))
    assert {group.kind for group in groups} == {"domain"}
