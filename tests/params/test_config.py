from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lookalike.kit.errors import LookalikeError
from lookalike.params.load import load_params

PARAMS = Path(__file__).parents[2] / "params.yaml"


@pytest.fixture
def faults(tmp_path: Path) -> Callable[..., str]:
    """Return a function that edits the shipped params and gives the message that reading them ends in."""

    def read(edits: dict[str, Any]) -> str:
        params = yaml.safe_load(PARAMS.read_text())
        for key, value in edits.items():
            *parents, name = key.split(".")
            block = params
            for parent in parents:
                block = block[parent]
            block[name] = value
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump(params))
        with pytest.raises(LookalikeError) as caught:
            load_params(path)
        return str(caught.value)

    return read


def test_the_shipped_params_are_valid() -> None:
    params = load_params(PARAMS)
    assert params.run.dataset in params.datasets
    assert set(params.run.models) <= params.models.keys()
    assert {recipe.backbone.weights for recipe in params.models.values()} == params.weights.keys()


def test_every_fault_is_told_at_once_with_the_nearest_name(faults: Callable[..., str]) -> None:
    message = faults({"run.datset": "sample", "run.dataset": "caricatur", "run.models": ["sfaec"], "run.seed": "many"})
    assert "4 fault(s)" in message
    assert "run.datset: unknown key; did you mean dataset?" in message
    assert "unknown dataset caricatur; did you mean caricature?" in message
    assert "unknown model sfaec; did you mean sface?" in message
    assert "run.seed: Input should be a valid integer (found 'many')" in message


def test_a_mistyped_key_deep_in_a_recipe_is_named_whole(faults: Callable[..., str]) -> None:
    assert "models.sface.crop.templte: unknown key; did you mean template?" in faults({"models.sface.crop.templte": 1})


def test_an_unknown_block_is_a_fault(faults: Callable[..., str]) -> None:
    assert "fusoin: unknown key; did you mean fusion?" in faults({"fusoin": {}})


def test_a_model_without_weights_is_a_fault(faults: Callable[..., str]) -> None:
    weights = yaml.safe_load(PARAMS.read_text())["weights"]
    weights.pop("sface")
    message = faults({"weights": weights, "run.models": ["sface"]})
    assert "models.sface.backbone.weights: unknown weights sface" in message


def test_a_model_named_twice_is_a_fault(faults: Callable[..., str]) -> None:
    assert "run.models: sface is named twice" in faults({"run.models": ["sface", "sface"]})


def test_no_models_is_a_fault(faults: Callable[..., str]) -> None:
    assert "run.models" in faults({"run.models": []})


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (
            {"fusion.normalise": "platt"},
            "fusion.normalise: platt does nothing under run.fusion: joint; leave it at its default",
        ),
        (
            {"fusion.normalise": "rank", "run.fusion": "borda"},
            "fusion.normalise: rank does nothing under run.fusion: borda",
        ),
        (
            {"fusion.weights": "greedy", "run.fusion": "pca_mean"},
            "fusion.weights: greedy does nothing under run.fusion: pca_mean",
        ),
        ({"fusion.tune": False, "fusion.budget": 3}, "budget does nothing under tune: false"),
        (
            {"retrieval.shift.method": "wccn", "retrieval.shift.reference": "test"},
            "reference: test does nothing under method: wccn",
        ),
    ],
)
def test_an_option_that_does_nothing_where_it_stands_is_a_fault(
    faults: Callable[..., str], edits: dict[str, Any], message: str
) -> None:
    told = faults(edits)
    assert "1 fault(s)" in told
    assert message in told


def test_a_scale_is_no_fault_under_the_rule_that_reads_it(tmp_path: Path) -> None:
    params = yaml.safe_load(PARAMS.read_text())
    params["run"]["fusion"], params["fusion"]["normalise"] = "weighted_sum", "platt"
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    assert load_params(tmp_path / "params.yaml").fusion.normalise == "platt"


@pytest.mark.parametrize(("text", "message"), [("- 1", "mapping"), ("a: [", "not valid YAML"), (None, "no such file")])
def test_a_file_that_is_no_params_is_named(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "params.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(LookalikeError, match=rf"params\.yaml.*{message}"):
        load_params(path)


def test_a_graph_that_only_runs_takes_no_finetuning_on_any_device(faults: Callable[..., str]) -> None:
    assert "family onnx_torch" in faults({"models.sface.train.recipe": "finetune"})


@pytest.mark.parametrize(("name", "advice"), [("sfase", "did you mean sface?"), ("zzzz", "known: ")])
def test_a_recipe_that_there_is_not_is_told(name: str, advice: str) -> None:
    with pytest.raises(LookalikeError, match=f"params.yaml has no recipe '{name}'; {advice}".replace("?", r"\?")):
        load_params().models[name]


def test_a_number_without_a_dot_is_one(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    value = yaml.safe_load(PARAMS.read_text())
    value["models"]["sface_tuned"]["train"]["lr_backbone"] = "PLACE"
    path.write_text(yaml.safe_dump(value).replace("PLACE", "2e-05"))
    assert load_params(path).models["sface_tuned"].train.lr_backbone == 2e-5
