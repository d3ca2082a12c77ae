import json
import re
from typing import Any

import pytest

from lookalike.kit.errors import LookalikeError
from lookalike.tools.sweep.plan import Sweep
from tests.tools.sweep.conftest import EPOCHS, FILE, LOSS, RATE, ROOT, Load


def test_a_file_is_read_with_what_it_leaves_out(load: Load) -> None:
    sweep = load()
    assert [knob.key for knob in sweep.knobs] == [EPOCHS, LOSS, RATE]
    assert sweep.file.jobs == 1
    assert sweep.target == "finetune@sface_tuned"
    assert sweep.shared == {"run.models": ["sface_tuned"]}
    assert sweep.today == {RATE: 5e-5, EPOCHS: 3, LOSS: "supcon"}


def test_todays_recipe_is_unknown_to_a_sweep_that_may_not_try_it(load: Load) -> None:
    assert load(knobs={EPOCHS: {"low": 4, "high": 5}}).today is None
    assert load(knobs={LOSS: ["triplet", "arcface"]}).today is None


def test_an_ensemble_is_judged_by_tune_and_keeps_the_models(load: Load) -> None:
    sweep = load(judge="ensemble", knobs={"retrieval.shift.method": ["none", "centre"]})
    assert sweep.target == "tune"
    assert sweep.shared == {}


def test_every_fault_is_told_at_once_with_the_nearest_name(load: Load) -> None:
    knobs: dict[str, Any] = {
        "models.sface_tuned.train.lr_bakbone": {"low": 1e-5, "high": 1e-4},
        "models.sface_tuned.train.temperature": [0.0, 0.1],
        EPOCHS: {"low": 2.5, "high": 6},
        "models.sface_tuned.train.blend": {"low": 0, "high": 1},
        LOSS: ["supcon", "it's"],
        "models.sface_tuned.train": [1, 2],
        "models.sface_tuned.train.weight_decay": {"low": 0, "high": 1, "log": True},
        "models.sface_tuned.train.clip": {"low": 2, "high": 1},
        "models.sface_tuned.train.images": [2, 2],
        "models.sface_tuned.train.identities": 4,
        "models.sface_tuned.train.margin": {"low": 0.1, "hihg": 0.2},
        "run.seed": [1, 2],
    }
    shared = {"run.datset": "caricature", "models.sface": {"head": 1}, "run.seed": 5}
    with pytest.raises(LookalikeError) as caught:
        load(knobs=knobs, set=shared)
    told = str(caught.value)
    # Each knob has one, and `set` two of its own.
    assert f"{len(knobs) + 2} fault(s)" in told, told
    for line in (
        "knobs.models.sface_tuned.train.lr_bakbone: unknown key; did you mean lr_backbone?",
        "knobs.models.sface_tuned.train.temperature: Input should be greater than 0 (found 0.0)",
        "knobs.models.sface_tuned.train.epochs: Input should be a valid integer",
        "train.blend: expected a list of choices",
        "train.loss: expected a word of letters, digits",
        "knobs.models.sface_tuned.train: expected the key of one number, word or switch",
        "weight_decay: expected low > 0 under log, found 0",
        "clip: expected low < high, found 2 and 1",
        "images: expected two choices or more, all different",
        "identities: expected a list of values, or {low: …, high: …}",
        "hihg: unknown key; did you mean high?",
        "knobs.run.seed: it is in `set` too",
        "set.run.datset: unknown key; did you mean dataset?",
        "set.models.sface: expected the key of a value, not of a block",
    ):
        assert line in told, told


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"judge": "sface_tund"}, "judge: unknown model; did you mean sface_tuned?"),
        ({"judge": "dlib", "knobs": {"run.seed": [1, 2]}}, "judge: dlib stays as published"),
        ({"trails": 4}, "trails: unknown key; did you mean trials?"),
        ({"trials": 0}, "trials: Input should be greater than or equal to 1"),
        ({"name": "a b"}, "name: a name is made of a-z, 0-9 and _"),
        ({"knobs": {}}, "knobs: Dictionary should have at least 1 item"),
        ({"set": {"run.models": ["sface"]}}, "set.run.models: sface_tuned is judged, and not among them"),
        (
            {"set": {"run.dataset": "caricatur"}},
            "set: run.dataset: unknown dataset caricatur; did you mean",
        ),
    ],
)
def test_a_faulty_file_is_refused(load: Load, changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(LookalikeError, match=re.escape(fault)):
        load(**changes)


@pytest.mark.parametrize(
    "key",
    [
        "validation.seed",
        "score.bootstrap",
        "sample.seed",
        "models.sface_tuned.embed.batch",
        "models.effnet_lite0.train.epochs",
    ],
)
def test_neither_the_judge_nor_what_he_does_not_look_at_is_turned(load: Load, key: str) -> None:
    with pytest.raises(LookalikeError, match=f"knobs.{re.escape(key)}: it cannot change what judges sface_tuned"):
        load(knobs={key: [1, 2]})


def test_values_are_faulty_where_their_params_would_be(load: Load) -> None:
    sweep = load(knobs={LOSS: ["ce", "supcon"], "models.sface_tuned.train.mixup": [0.0, 0.5]})
    mixup = {"models.sface_tuned.train.mixup": 0.5}
    assert sweep.faults({LOSS: "ce", **mixup}) == []
    assert ["mixup needs a loss of single images" in fault for fault in sweep.faults({LOSS: "supcon", **mixup})] == [
        True
    ]


def test_a_sweep_is_the_same_with_more_trials_and_another_with_other_knobs(load: Load) -> None:
    same = load().identity
    assert load(trials=99, jobs=2).identity == same
    assert load(seed=4).identity != same
    assert load(knobs={LOSS: ["supcon", "triplet"]}).identity != same
    assert json.loads(same)["judge"] == FILE["judge"]


def examples() -> list[str]:
    return sorted(path.stem for path in (ROOT / "docs/sweeps").glob("*.yaml"))


@pytest.mark.parametrize("name", examples())
def test_the_example_files_fit_the_params(name: str) -> None:
    from lookalike.params.load import read_mapping
    from lookalike.tools.sweep.plan import load_sweep

    sweep = load_sweep(ROOT / f"docs/sweeps/{name}.yaml", read_mapping(ROOT / "params.yaml"))
    assert isinstance(sweep, Sweep) and sweep.file.name == name
    assert sweep.today is not None, "today's recipe is tried first"
