"""Which pretrained weights are here, which can be had, and what to do about the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lookalike.kit.files import sha256_file
from lookalike.kit.tables import Table, columns
from lookalike.params.load import Params
from lookalike.run.layout import Layout
from lookalike.weights.fetch import by_hand, fault, needs_network

HOW: dict[str, str] = {
    "verified": "nothing to do",
    "damaged": "the next run with them fetches them again",
    "at hand": "in an installed package, put there by hand, or downloaded before; a run takes them",
    "to download": "a run downloads them; without network: docs/models.md",
    "missing": "no digest is pinned, or their source is gone: docs/models.md",
}

State = Literal["verified", "damaged", "at hand", "to download", "missing"]


@dataclass(frozen=True)
class Weights:
    """One model's weights.

    Attributes:
        model: its name.
        wanted: `run.models` names it.
        state: `verified` (fetched, and the digest is right), `damaged` (fetched, and it is not), `at hand` (a file of
            this machine that the run will take), `to download`, or `missing`.
        advice: what to do, empty where nothing needs to be done.
    """

    model: str
    wanted: bool
    state: State
    advice: str = ""


def examine(params: Params, layout: Layout) -> list[Weights]:
    """Return the state of every recipe's weights, those of the run first."""
    run = params.run.models
    names = [*run, *sorted(params.models.keys() - set(run))]
    return [Weights(name, name in run, *_state(params, name, layout)) for name in names]


def _state(params: Params, model: str, layout: Layout) -> tuple[State, str]:
    options = params.weights_of(model)
    file, manual = layout.weights(model), layout.manual_weights
    if file.is_file():
        if options.sha256 and sha256_file(file).startswith(options.sha256):
            return "verified", ""
        return "damaged", f"{file} is not what params.yaml pins; `dvc repro -f weights@{model}` fetches it again"
    if told := fault(params.models[model].backbone.weights, options, manual):
        return "missing", told
    if needs_network(options, manual):
        return "to download", f"from {options.source}; without network, put that file at {by_hand(options, manual)}"
    return "at hand", ""


def faults(weights: Sequence[Weights]) -> list[str]:
    """Return what keeps a run from starting; damaged weights do not, because DVC makes them anew."""
    return [one.advice for one in weights if one.wanted and one.state == "missing"]


def tables(weights: Sequence[Weights]) -> list[Table]:
    """Return the run's weights one by one, and the other recipes' by state."""
    run = [(one.model, one.state, one.advice) for one in weights if one.wanted]
    states = sorted({one.state for one in weights if not one.wanted})
    idle = {state: [one.model for one in weights if one.state == state and not one.wanted] for state in states}
    others = [(state, ", ".join(models), HOW[state]) for state, models in idle.items()]
    return [
        Table("Weights of run.models", columns("model", "state", "what to do"), run),
        Table("Weights of the other recipes", columns("state", "models", "how to get them"), others),
    ]
