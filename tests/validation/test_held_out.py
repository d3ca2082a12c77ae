"""Held-out identities: whole identities, always the same ones."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.params.validation import ValidationOptions
from lookalike.validation.held_out import validation_mask

NAMES = st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=30)


@given(NAMES, st.floats(0.01, 0.99), st.integers(0, 5))
def test_identities_are_held_out_whole_and_neither_side_is_empty(names: list[str], fraction: float, seed: int) -> None:
    label = np.array([*names, *reversed(names), None], dtype=object)
    mask = validation_mask(label, ValidationOptions(fraction=fraction, seed=seed))
    assert mask.dtype == bool and not mask[-1]
    held, fitted = set(label[mask]), set(label[~mask]) - {None}
    assert not held & fitted
    if len(set(names)) > 1:
        assert held and fitted


def test_order_does_not_matter_but_the_seed_does() -> None:
    names = np.array([f"identity {i}" for i in range(50)], dtype=object)
    options = ValidationOptions(fraction=0.2, seed=0)
    held = set(names[validation_mask(names, options)])
    assert len(held) == 10
    assert held == set(names[::-1][validation_mask(names[::-1], options)])
    assert held != set(names[validation_mask(names, ValidationOptions(fraction=0.2, seed=1))])


def test_one_identity_cannot_be_held_out() -> None:
    assert not validation_mask(np.array(["a", "a"], dtype=object), ValidationOptions(fraction=0.5, seed=0)).any()
