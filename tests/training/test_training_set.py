"""Which images are fitted and which are held out; a training set that is too small is a clear error."""

import numpy as np
import pytest

from lookalike.catalog.table import Catalog
from lookalike.kit.errors import LookalikeError
from lookalike.params.validation import ValidationOptions
from lookalike.training.training_set import training_set
from lookalike.validation.parts import part_of

OPTIONS = ValidationOptions(folds=4, seed=0)


def catalog(label: list[str | None], split: list[str] | None = None) -> Catalog:
    n = len(label)
    return Catalog(
        image_id=np.array([f"image{i:03}" for i in range(n)], dtype=object),
        split=np.array(split or ["train"] * n, dtype=object),
        domain=np.full(n, "unknown", dtype=object),
        label=np.array(label, dtype=object),
        width=np.ones(n, np.int32),
        height=np.ones(n, np.int32),
        sha256=np.full(n, "", dtype=object),
        status=np.full(n, "ok", dtype=object),
    )


def crops(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)


def test_identities_are_disjoint_and_test_images_are_never_seen() -> None:
    label = [f"identity{i % 8}" for i in range(40)] + ["identity0", "identity1", None]
    split = ["train"] * 40 + ["query", "gallery", "train"]
    whole = training_set(catalog(label, split), crops(43), OPTIONS, cross_fit=False)
    assert whole.judges == (0,)
    fitted = whole.fitting(0)
    assert np.array_equal(fitted, whole.fitting(None))
    fitting, held_out = (whole.images.rows(mask) for mask in (fitted, ~fitted))
    assert len(fitting) + len(held_out) == 40
    assert not set(fitting.label) & set(held_out.label)
    assert len(set(held_out.label)) == 2
    for part in (fitting, held_out):
        assert [f"identity{i % 8}" for i in part.crops[:, 0, 0, 0]] == list(part.label)


@pytest.mark.parametrize("label", [[], ["one"] * 4, ["one", "one", "two", "two"]])
def test_too_few_identities_is_a_clear_error(label: list[str | None]) -> None:
    with pytest.raises(LookalikeError, match=rf"the training set has {len(set(label))} identities"):
        training_set(catalog(label), crops(len(label)), OPTIONS, True)


def test_held_out_identities_need_two_images() -> None:
    with pytest.raises(LookalikeError, match="no held-out identity has two images"):
        training_set(catalog([f"identity{i}" for i in range(8)]), crops(8), OPTIONS, True)


def test_every_part_judges_once_and_then_all_teach() -> None:
    label = [f"identity{i % 9}" for i in range(45)]
    whole = training_set(catalog(label), crops(45), OPTIONS, cross_fit=True)
    assert whole.judges == (0, 1, 2, 3)
    held_out = [set(whole.images.label[~whole.fitting(judge)]) for judge in whole.judges]
    assert sorted(name for names in held_out for name in names) == sorted(set(label))
    assert whole.fitting(None).all()


def test_a_part_whose_identities_have_one_image_each_does_not_judge() -> None:
    label = [f"identity{i}" for i in range(8)]
    part = part_of(np.array(label, dtype=object), OPTIONS)
    again = [name for name, number in zip(label, part, strict=True) if number != 2]
    whole = training_set(catalog(label + again), crops(8 + len(again)), OPTIONS, cross_fit=True)
    assert whole.judges == (0, 1, 3)
    assert whole.fitting(None).all()
