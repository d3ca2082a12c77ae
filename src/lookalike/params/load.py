"""params.yaml as one typed, validated object.

Every fault is collected and told at once, each with the nearest valid name, before a stage does any work.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, ValidationError

from lookalike.kit.errors import LookalikeError
from lookalike.kit.names import nearest
from lookalike.params.base import Name, Options, Recipes, block_of
from lookalike.params.datasets import DatasetOptions
from lookalike.params.faces import FaceOptions
from lookalike.params.fusion import FusionOptions
from lookalike.params.models import Recipe
from lookalike.params.report import ReportOptions
from lookalike.params.retrieval import RetrievalOptions
from lookalike.params.run import RunOptions
from lookalike.params.sample import SampleOptions
from lookalike.params.score import ScoreOptions
from lookalike.params.validation import ValidationOptions
from lookalike.params.weights import WeightsOptions

PARAMS_FILE = Path("params.yaml")


class Loader(yaml.CSafeLoader):
    """YAML whose `2e-05` is a number, as DVC writes it; by YAML 1.1 it has no dot and would be a text."""


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+$"), list("-+0123456789")
)


class Params(Options):
    """The whole of params.yaml."""

    run: RunOptions
    sample: SampleOptions
    datasets: Annotated[dict[Name, DatasetOptions], AfterValidator(Recipes)]
    faces: FaceOptions
    validation: ValidationOptions
    models: Annotated[dict[Name, Recipe], AfterValidator(Recipes)]
    weights: Annotated[dict[Name, WeightsOptions], AfterValidator(Recipes)]
    retrieval: RetrievalOptions
    fusion: FusionOptions
    score: ScoreOptions
    report: ReportOptions

    def weights_of(self, model: str) -> WeightsOptions:
        """The published weights of a model."""
        return self.weights[self.models[model].backbone.weights]

    @property
    def dataset(self) -> DatasetOptions:
        """The recipe of the run's dataset."""
        return self.datasets[self.run.dataset]


def load_params(path: Path = PARAMS_FILE) -> Params:
    """Read and validate params.yaml.

    Raises:
        LookalikeError: the file is missing, is not YAML, or holds faults; the message lists every one.
    """
    raw = read_mapping(path)
    params, faults = checked(raw)
    if params is None:
        raise all_faults(path, faults)
    return params


def checked(raw: Mapping[str, Any]) -> tuple[Params | None, list[str]]:
    """Return the params that a mapping holds; or None, and every fault that it has."""
    try:
        params = Params.model_validate(raw)
    except ValidationError as error:
        return None, [*explained(error, Params), *_reference_faults(raw)]
    faults = [*_reference_faults(raw), *_idle_faults(params)]
    return (None if faults else params), faults


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises:
        LookalikeError: it is missing, is not YAML, or holds something else.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; run from the project's root") from None
    except yaml.YAMLError as error:
        raise LookalikeError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(raw, dict):
        raise LookalikeError(f"{path}: expected a mapping of blocks, found {type(raw).__name__}")
    return raw


def all_faults(path: Path, faults: Iterable[str]) -> LookalikeError:
    """Return the one error that lists every fault of a file."""
    lines = [f"  - {fault}" for fault in faults]
    return LookalikeError(f"{path}: {len(lines)} fault(s)\n" + "\n".join(lines))


def explained(error: ValidationError, model: type[Options]) -> list[str]:
    """Return what is wrong with each key of a block, an unknown one with the nearest that the block knows."""
    return [_explain(fault, model) for fault in error.errors()]


def _explain(error: Any, model: type[Options]) -> str:
    key = ".".join(_printable(part) for part in error["loc"] if part != "[key]")
    if error["type"] != "extra_forbidden":
        return f"{key}: {error['msg'].removeprefix('Value error, ')} (found {_short(error['input'])})"
    return f"{key}: unknown key{suggestion(str(error['loc'][-1]), _siblings(error['loc'][:-1], model))}"


def _printable(part: object) -> str:
    text = str(part)
    return text if text.isprintable() else ascii(text)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _siblings(location: tuple[int | str, ...], block: type[Options]) -> list[str]:
    """Return the keys that the block at a location in another one knows."""
    model: Any = block
    for part in location:
        fields = getattr(model, "model_fields", {})
        model = block_of(fields[part].annotation) if part in fields else model
    return list(getattr(model, "model_fields", {}))


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return how to go on after an unknown name: with the nearest that is known, or with all that are."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else f"; known: {', '.join(sorted(known)) or 'none'}"


def _reference_faults(raw: Mapping[str, Any]) -> list[str]:
    """Return what `run` names and no recipe defines; tolerant of blocks that are faulty themselves."""
    run = _mapping(raw.get("run"))
    models, weights, datasets = (_mapping(raw.get(block)) for block in ("models", "weights", "datasets"))
    faults = []
    dataset = run.get("dataset")
    if isinstance(dataset, str) and dataset not in datasets:
        faults.append(f"run.dataset: unknown dataset {dataset}{suggestion(dataset, datasets)}")
    chosen = run.get("models")
    names = [name for name in chosen if isinstance(name, str)] if isinstance(chosen, list) else []
    faults += [f"run.models: unknown model {name}{suggestion(name, models)}" for name in names if name not in models]
    faults += [f"run.models: {name} is named twice" for name in sorted(set(names)) if names.count(name) > 1]
    return faults + _weights_faults(models, weights)


def _weights_faults(models: Mapping[str, Any], weights: Mapping[str, Any]) -> list[str]:
    """Return the weights that recipes name and nothing defines."""
    named = {name: _mapping(_mapping(recipe).get("backbone")).get("weights") for name, recipe in models.items()}
    return [
        f"models.{model}.backbone.weights: unknown weights {name}{suggestion(name, weights)}"
        for model, name in named.items()
        if isinstance(name, str) and name not in weights
    ]


def _idle_faults(params: Params) -> list[str]:
    """Return the options that are set and that nothing of this run looks at."""
    rule = params.run.fusion
    return [
        f"fusion.{key}: {getattr(params.fusion, key)} does nothing under run.fusion: {rule}; leave it at its default"
        for key in params.fusion.idle_under(rule)
    ]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
