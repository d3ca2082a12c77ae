"""Parts of the training identities: whole identities, always the same ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.params.validation import ValidationOptions
from lookalike.validation.parts import part_of

NAMES = st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=30)


@given(NAMES, st.integers(2, 9), st.integers(0, 5))
def test_identities_are_dealt_whole_and_every_part_leaves_others(names: list[str], folds: int, seed: int) -> None:
    label = np.array([*names, *reversed(names), None], dtype=object)
    part = part_of(label, ValidationOptions(folds=folds, seed=seed))
    assert part.dtype == np.int64 and part[-1] == -1 and part[:-1].min() == 0
    of_name = {name: set(part[label == name]) for name in set(names)}
    assert all(len(found) == 1 for found in of_name.values())
    for number in range(part.max() + 1):
        held, fitted = set(label[part == number]), set(label[part != number]) - {None}
        assert held and not held & fitted
        if len(set(names)) > 1:
            assert fitted


@pytest.mark.parametrize(
    ("identities", "folds", "sizes"),
    [(80, 4, [20] * 4), (36, 4, [9] * 4), (7, 4, [3, 2, 2]), (3, 4, [1, 1, 1]), (2, 4, [1, 1]), (10, 3, [4, 3, 3])],
)
def test_parts_are_of_a_size_and_of_two_at_least(identities: int, folds: int, sizes: list[int]) -> None:
    names = np.array([f"identity {i}" for i in range(identities)], dtype=object)
    assert np.bincount(part_of(names, ValidationOptions(folds=folds, seed=0))).tolist() == sizes


def test_order_does_not_matter_but_the_seed_does() -> None:
    names = np.array([f"identity {i}" for i in range(50)], dtype=object)
    options = ValidationOptions(folds=5, seed=0)
    part = part_of(names, options)
    assert np.array_equal(part, part_of(names[::-1], options)[::-1])
    assert not np.array_equal(part, part_of(names, ValidationOptions(folds=5, seed=1)))


def test_one_identity_is_a_part_that_leaves_nobody() -> None:
    assert part_of(np.array(["a", "a"], dtype=object), ValidationOptions(folds=2, seed=0)).tolist() == [0, 0]
