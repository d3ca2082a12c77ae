"""Whole identities go to one side, the same ones for the same seed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.kit.errors import LookalikeError
from lookalike.tools.importing.sources import Picture
from lookalike.tools.importing.split import UNPLACED, split_identities

LABELS = [f"p{i}" for i in range(20)]
MIXED = [
    Picture(f"{label}/{domain}{n}", label, domain) for label in LABELS for domain in ("real", "synthetic") for n in "ab"
]


def on_test(placed: list[Picture]) -> set[str]:
    return {picture.label for picture in placed if picture.split != "train"}


@given(st.floats(0, 1), st.integers(0, 1000))
def test_no_identity_is_on_both_sides_and_the_share_holds(share: float, seed: int) -> None:
    placed, left_out = split_identities(MIXED, share, seed)
    trained = {picture.label for picture in placed if picture.split == "train"}
    assert not trained & on_test(placed)
    assert len(on_test(placed)) == max(1, round(share * 20))
    assert {picture.source for picture in placed} == {picture.source for picture in MIXED} and not left_out


def test_real_pictures_ask_and_synthetic_ones_answer() -> None:
    placed, _ = split_identities(MIXED, 0.5, 0)
    sides = {(picture.domain, picture.split) for picture in placed if picture.split != "train"}
    assert sides == {("real", "query"), ("synthetic", "gallery")}


def test_the_seed_draws_and_order_does_not() -> None:
    first = on_test(split_identities(MIXED, 0.3, 1)[0])
    assert first == on_test(split_identities(MIXED[::-1], 0.3, 1)[0])
    assert len({frozenset(on_test(split_identities(MIXED, 0.3, seed)[0])) for seed in range(10)}) > 5


def test_a_newcomer_moves_at_most_one_of_the_others() -> None:
    newcomer = [Picture(f"new/{domain}", "new", domain) for domain in ("real", "synthetic")]
    for seed in range(20):
        before, after = (on_test(split_identities(pictures, 0.3, seed)[0]) for pictures in (MIXED, MIXED + newcomer))
        assert len((before ^ after) - {"new"}) <= 1


def test_who_lacks_a_side_is_trained_on() -> None:
    placed, _ = split_identities([*MIXED, Picture("only/real", "only", "real")], 1.0, 0)
    assert [picture.label for picture in placed if picture.split == "train"] == ["only"]


def test_where_no_domain_is_known_half_of_each_identity_asks() -> None:
    pictures = [Picture(f"{label}_{n}", label) for label in LABELS for n in range(5)]
    placed, _ = split_identities(pictures, 0.4, 0)
    count = Counter((picture.label, picture.split) for picture in placed if picture.split != "train")
    assert len(on_test(placed)) == 8
    assert {count[label, "query"] for label in on_test(placed)} == {2}
    assert {count[label, "gallery"] for label in on_test(placed)} == {3}


def test_a_picture_of_a_test_identity_that_fits_neither_side_is_named() -> None:
    pictures = [*MIXED, *(Picture(f"{label}/odd", label) for label in LABELS)]
    placed, left_out = split_identities(pictures, 0.3, 0)
    assert left_out == {f"{label}/odd": UNPLACED for label in on_test(placed)}


def test_splits_that_are_given_stay() -> None:
    pictures = [
        Picture("a", "p", "real", "train"),
        Picture("b", "q", "synthetic", "query"),
        Picture("c", "q", "real", "test"),
        Picture("d", "q", "synthetic", "test"),
        Picture("e", "q", "unknown", "test"),
    ]
    placed, left_out = split_identities(pictures, 0.3, 0)
    assert [picture.split for picture in placed] == ["train", "query", "query", "gallery"]
    assert left_out == {"e": UNPLACED}


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        ([Picture("a", "p", "real", "train"), Picture("b", "p")], "1 of 2 images have a split"),
        ([Picture("a", "p", "real", "query")], "1 queries and 0 gallery images"),
        ([Picture("a", "p", "real"), Picture("b", "q", "synthetic")], "none of 2 identities has both"),
        ([Picture("a", "p"), Picture("b", "q")], "none of 2 identities has two images"),
    ],
)
def test_a_test_set_that_cannot_be_made_is_told(pictures: list[Picture], said: str) -> None:
    with pytest.raises(LookalikeError, match=said):
        split_identities(pictures, 0.3, 0)
