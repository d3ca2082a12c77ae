"""What `dvc exp run -S` makes of a value, by DVC's own function, is what params.yaml's own reader then reads."""

import re
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.hydra import apply_overrides
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.params.load import read_mapping
from lookalike.tools.sweep.overrides import override, with_values

BASE: dict[str, Any] = {"models": {"sface": {"train": {"lr": 5.0e-5, "loss": "supcon"}}}, "run": {"models": ["a"]}}
WORDS = st.text(st.sampled_from("abefinostuyxNXE0128_.-*/~:+ ,'#"), min_size=1)
VALUES = st.one_of(st.booleans(), st.integers(-(2**31), 2**31), st.floats(allow_nan=False, allow_infinity=False), WORDS)


def through_dvc(folder: Path, key: str, value: Any) -> dict[str, Any]:
    path = folder / "params.yaml"
    path.write_text("models: {sface: {train: {lr: 5.0e-5, loss: supcon}}}\nrun: {models: [a]}\n")
    apply_overrides(path, [override(key, value)])
    return read_mapping(path)


@given(value=st.one_of(VALUES, st.lists(VALUES, max_size=3)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_a_value_arrives_as_it_is_or_is_refused(value: Any, tmp_path: Path) -> None:
    try:
        override("models.sface.train.loss", value)
    except ValueError:
        words = [word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)]
        assert not all(re.fullmatch(r"[a-df-mp-su-xz_]+", word) for word in words)
        return
    arrived = through_dvc(tmp_path, "models.sface.train.loss", value)["models"]["sface"]["train"]["loss"]
    assert (type(arrived), arrived) == (type(value), value)


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("models.sface.train.lr", 2e-05, "++models.sface.train.lr=2e-05"),
        ("models.sface.train.augment.flip", 0.5, "++models.sface.train.augment.flip=0.5"),
        ("models.sface.train.blend", True, "++models.sface.train.blend=true"),
        ("models.sface.train.loss", "1e-3", "++models.sface.train.loss='1e-3'"),
        ("run.models", ["sface", "dlib"], "++run.models=['sface','dlib']"),
    ],
)
def test_a_key_is_set_be_it_written_or_not(tmp_path: Path, key: str, value: Any, written: str) -> None:
    assert override(key, value) == written
    assert through_dvc(tmp_path, key, value) == with_values(BASE, {key: value})


def test_setting_values_leaves_the_params_as_they_were() -> None:
    before = str(BASE)
    with_values(BASE, {"models.sface.train.lr": 1.0})
    assert str(BASE) == before


@pytest.mark.parametrize("value", ["it's", "a\\", "${run.seed}", "two\nlines", "", "on", "1_000", None, {"a": 1}])
def test_what_cannot_be_written_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="found"):
        override("run.fusion", value)
