"""Validation by hand: who asks whom, and what the answers are worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.retrieval.embeddings import Embeddings
from lookalike.validation.folds import fold_points, fold_precision, make_folds
from lookalike.validation.protocol import answerable, query_points, query_precision, sides, validation_score


def test_real_images_look_for_synthetic_ones() -> None:
    label = np.array(["a", "a", "b", "b"], dtype=object)
    domain = np.array(["real", "synthetic", "real", "synthetic"], dtype=object)
    embedding = np.array([[1, 0], [1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    # a finds a first; b finds a (.8) before b (.6), so its own comes second: 300 + 100 points, precision 1/2.
    assert validation_score(embedding, label, domain) == pytest.approx((700.0, 0.75))


def test_without_domains_every_other_image_is_a_query() -> None:
    label = np.array(["a", "b", "a", "b", "a"], dtype=object)
    query, gallery = sides(label, np.full(5, "unknown", dtype=object))
    assert query.tolist() == [True, True, False, False, True]
    assert gallery.tolist() == [False, False, True, True, False]


def test_where_no_identity_has_both_domains_every_other_image_is_a_query() -> None:
    label = np.array(["a", "a", "b", "b"], dtype=object)
    query, gallery = sides(label, np.array(["real", "real", "synthetic", "synthetic"], dtype=object))
    assert query.tolist() == [True, False, True, False]
    assert gallery.tolist() == [False, True, False, True]


def test_an_image_of_unknown_domain_is_searched_and_does_not_ask() -> None:
    label = np.array(["a", "a", "a"], dtype=object)
    query, gallery = sides(label, np.array(["real", "synthetic", "unknown"], dtype=object))
    assert query.tolist() == [True, False, False]
    assert gallery.tolist() == [False, True, True]


def test_names_and_codes_of_identities_give_the_same_sides() -> None:
    rng = np.random.default_rng(0)
    code = rng.integers(0, 12, 60)
    names = np.array([f"identity {i}" for i in code], dtype=object)
    for domain in (np.full(60, "unknown"), rng.choice(["real", "synthetic", "unknown"], 60)):
        for named, coded in zip(sides(names, domain), sides(code, domain), strict=True):
            assert named.tolist() == coded.tolist()


def test_a_query_without_a_match_is_left_out() -> None:
    label = np.array(["a", "a", "lonely"], dtype=object)
    domain = np.array(["real", "synthetic", "real"], dtype=object)
    assert validation_score(np.eye(3, dtype=np.float32)[:, :2] + 0.1, label, domain) == pytest.approx((1000.0, 1.0))
    query, relevant = answerable(label, *sides(label, domain))
    assert query.tolist() == [0]
    assert relevant.tolist() == [[True]]


def test_no_images_have_no_queries() -> None:
    none = np.array([], dtype=object)
    query, relevant = answerable(none, *sides(none, none))
    assert query.shape == (0,) and relevant.shape == (0, 0)


def slow_rank(scores: list[int], right: list[bool]) -> int:
    """The rank of the first right image, with as many wrong ones of its score before it as half of them, rounded up."""
    best = max(score for score, is_right in zip(scores, right, strict=True) if is_right)
    wrong = [score for score, is_right in zip(scores, right, strict=True) if not is_right]
    tied = wrong.count(best)
    return 1 + sum(score > best for score in wrong) + tied // 2 + tied % 2


rows = st.integers(1, 14).flatmap(
    lambda n: st.tuples(st.lists(st.integers(0, 4), min_size=n, max_size=n), st.integers(1, 2**n - 1))
)


@given(rows)
def test_points_count_ties_half_against_the_answer(row: tuple[list[int], int]) -> None:
    scores, bits = row
    right = [bool(bits >> i & 1) for i in range(len(scores))]
    rank = slow_rank(scores, right)
    expected = 600 * (rank == 1) + 300 * (rank <= 5) + 100 * (rank <= 10)
    assert query_points(np.array([scores], dtype=np.float32), np.array([right])).tolist() == [expected]


def test_similarities_that_cannot_tell_images_apart_gain_nothing() -> None:
    relevant = np.zeros((1, 20), dtype=bool)
    relevant[0, 0] = True
    # By gallery order the right image would come first; half of 19 wrong ones stand before it.
    assert query_points(np.zeros((1, 20)), relevant).tolist() == [0.0]


def test_precision_by_hand() -> None:
    similarity = np.array([[0.1, 0.9, 0.5, 0.7]])
    # In order of similarity: wrong, right (1/2), wrong, right (2/4).
    assert query_precision(similarity, np.array([[True, False, False, True]])) == pytest.approx([0.5])


def test_equal_embeddings_tie_exactly() -> None:
    """A float32 product would tell copies apart by their place in the matrix."""
    rng = np.random.default_rng(0)
    one = rng.normal(size=128)
    embedding = np.tile((one / np.linalg.norm(one)).astype(np.float32), (64, 1))
    label = np.repeat(np.array([f"identity {i}" for i in range(32)], dtype=object), 2)
    domain = np.tile(np.array(["real", "synthetic"], dtype=object), 32)
    # 31 wrong drawings tie with the right one, so it takes rank 17.
    assert validation_score(embedding, label, domain).points == 0.0


def test_trainer_and_tuner_give_the_same_figures_for_the_same_queries_and_gallery() -> None:
    rng = np.random.default_rng(1)
    label = np.repeat(np.array([f"identity {i}" for i in range(12)], dtype=object), 6)
    domain = np.tile(np.array(["real", "synthetic"], dtype=object), 36)
    embedding = rng.normal(size=(72, 8)) + np.repeat(rng.normal(size=(12, 8)), 6, axis=0)
    embedding = (embedding / np.linalg.norm(embedding, axis=1, keepdims=True)).astype(np.float32)
    empty = np.zeros((0, 8), np.float32)
    for fold in make_folds(
        [Embeddings(empty, empty, embedding, label, domain)], np.zeros(72, dtype=int), [None], 1, rng
    ):
        names = np.unique(label.astype(str))[np.unique(fold.identity)]
        half = np.isin(label, names)
        similarity = fold.embeddings[0].query.astype(np.float64) @ fold.embeddings[0].gallery.astype(np.float64).T
        found = validation_score(embedding[half], label[half], domain[half])
        assert found.points == pytest.approx(fold_points(similarity, fold).mean())
        assert found.map == pytest.approx(fold_precision(similarity, fold).mean())
