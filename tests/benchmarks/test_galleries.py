"""Benchmarks of what is asked and what is searched: groups of photographs, and galleries that grow."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import distractors
from benchmarks.distractors import Crowd, System, large, small
from benchmarks.several_photos import grouped, mean_vector
from lookalike.fusion.plan import Plan
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.photographs import as_one
from lookalike.retrieval.vectors import unit

PEOPLE, EACH, DIMS = 6, 3, (8, 5)
MODELS = ["one", "two"]


@pytest.fixture
def run() -> SimpleNamespace:
    """Six people to test on and six to learn from, three photographs and three drawings each, by two models."""
    rng = np.random.default_rng(4)
    label = np.repeat(np.array([f"p{i}" for i in range(2 * PEOPLE)], dtype=object), EACH)
    tested, parts = label[: PEOPLE * EACH], []
    for dim in DIMS:
        centre = np.repeat(rng.normal(size=(2 * PEOPLE, dim)), EACH, axis=0)
        photo, drawing = (unit(centre + 0.9 * rng.normal(size=centre.shape)).astype(np.float32) for _ in range(2))
        n = len(tested)
        train = np.concatenate([photo[n:], drawing[n:]])
        domain = np.repeat(np.array(["real", "synthetic"], dtype=object), len(train) // 2)
        parts.append(Embeddings(photo[:n], drawing[:n], train, np.tile(label[n:], 2), domain))
    split = np.array(["train"] * len(parts[0].train), dtype=object)
    table = SimpleNamespace(label=parts[0].train_label, split=split)
    return SimpleNamespace(models=MODELS, embeddings=tuple(parts), tables=[table], query=tested, gallery=tested)


def plan() -> Plan:
    options = RetrievalOptions.model_validate({"transductive": False, "shift": {"method": "centre"}})
    return Plan("joint", MODELS, [0.7, 0.3], [0.0, 0.0], options)


def slow_points(scores: np.ndarray, label: np.ndarray, asked: np.ndarray) -> list[int]:
    result = []
    for row, name in zip(scores, asked, strict=True):
        order = sorted(range(len(row)), key=lambda j: -row[j])
        rank = next((r for r, j in enumerate(order, 1) if j < len(label) and label[j] == name), 99)
        result.append(600 * (rank == 1) + 300 * (rank <= 5) + 100 * (rank <= 10))
    return result


def test_groups_are_of_one_person_and_no_photograph_stands_twice() -> None:
    identity = np.array(["a"] * 7 + ["b"] * 2 + ["c"] * 3)
    groups = grouped(identity, 3, np.random.default_rng(0))
    assert [identity[group].tolist() for group in groups] == [["a"] * 3, ["a"] * 3, ["c"] * 3]
    assert len(set(groups.reshape(-1).tolist())) == 9


def test_the_benchmark_asks_as_the_program_does(run: SimpleNamespace) -> None:
    groups = grouped(run.query, 3, np.random.default_rng(0))
    scores = mean_vector(plan(), run.embeddings, groups, np.ones(len(run.query)))
    for group, row in zip(groups, scores, strict=True):
        asked = [
            Embeddings(as_one(p.query[group]), p.gallery, p.train, p.train_label, p.train_domain)
            for p in run.embeddings
        ]
        assert np.allclose(plan().similarity(asked)[0], row, atol=1e-6)


def test_a_growing_gallery_is_searched_as_a_whole_one(run: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distractors, "PART", 7)
    crowd, sizes = Crowd(run), [36, 40, 60]
    system = System("both", plan(), run, run.embeddings, run.query)
    found = list(large(system, crowd, sizes))
    pieces = [crowd.made_up(0, 4), crowd.made_up(1, 7), crowd.made_up(2, 7), crowd.made_up(3, 6)]
    for size, values in zip(sizes, found, strict=True):
        gallery = [np.concatenate([own, *(p[m] for p in pieces)])[:size] for m, own in enumerate(crowd.gallery)]
        parts = [
            Embeddings(e.query, g, e.train, e.train_label, e.train_domain)
            for e, g in zip(run.embeddings, gallery, strict=True)
        ]
        assert values.tolist() == slow_points(plan().similarity(parts), crowd.label, run.query)
    assert found[0].mean() > found[-1].mean() > 0


def test_people_ask_among_their_own_drawings_and_others(run: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distractors, "TOGETHER", PEOPLE)
    crowd = Crowd(run)
    system = System(
        "one", Plan.equal("joint", ["one"], RetrievalOptions(transductive=False)), run, run.embeddings, run.query
    )
    own, part = PEOPLE * EACH, run.embeddings[0]
    # With room for nobody else, the gallery is that of the test.
    assert small(system, crowd, own, False).tolist() == slow_points(part.query @ part.gallery.T, run.gallery, run.query)
    assert small(system, crowd, 36, False).mean() <= small(system, crowd, own, False).mean()


def test_made_up_vectors_are_of_the_drawings_distribution(run: SimpleNamespace) -> None:
    crowd = Crowd(run)
    drawn = crowd.made_up(0, 20_000)
    assert all(np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5) for rows in drawn)
    assert [rows[:5].tolist() for rows in crowd.made_up(0, 20_000)] == [rows[:5].tolist() for rows in drawn]
    real = np.concatenate(crowd.gallery, axis=1)
    made = np.concatenate(drawn, axis=1)
    assert np.abs(made.mean(axis=0) - real.mean(axis=0)).max() < 0.1
    assert np.abs(np.cov(made.T) - np.cov(real.T)).max() < 0.1
