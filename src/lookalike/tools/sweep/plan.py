"""The file of a sweep: what is searched, judged by what, and how long."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from lookalike.metrics.systems import ENSEMBLE
from lookalike.params.base import Name, Options
from lookalike.params.load import PARAMS_FILE, Params, all_faults, checked, explained, read_mapping, suggestion
from lookalike.tools.sweep.knobs import Knob, Scalar, value_at
from lookalike.tools.sweep.overrides import override, with_values

OF_ALL = ("faces", "run.seed")
OF_A_MODEL = ("backbone", "crop", "head", "train")
OF_THE_ENSEMBLE = ("retrieval", "fusion", "run.fusion")


class SweepFile(Options):
    """The keys of the file."""

    name: Name = Field(description="of the sweep; its experiments are sweep-NAME-0000 and so on")
    judge: Name = Field(description="whose points on validation identities count: a model, or `ensemble`")
    trials: int = Field(ge=1, description="how many are tried in all")
    seed: int = Field(default=0, ge=0, description="of what is tried next")
    jobs: int = Field(default=1, ge=1, description="how many run side by side")
    set: dict[str, Any] = Field(default={}, description="params that all trials share, by dotted keys")
    knobs: dict[str, Any] = Field(min_length=1, description="dotted key: list of values, or {low, high, log}")


@dataclass(frozen=True)
class Sweep:
    """A file that fits the params.

    Attributes:
        file: as it is written.
        knobs: what is turned, in the file's order.
        shared: params that every trial has, by dotted keys; `run.models` among them.
        base: params.yaml as a mapping.
    """

    file: SweepFile
    knobs: tuple[Knob, ...]
    shared: Mapping[str, Any]
    base: Mapping[str, Any]

    @property
    def target(self) -> str:
        """The stage of dvc.yaml that judges: no stage after it runs, and none that knows a label of the test."""
        return "tune" if self.file.judge == ENSEMBLE else f"finetune@{self.file.judge}"

    @property
    def today(self) -> dict[str, Scalar] | None:
        """The values of params.yaml; None where the sweep may not try them."""
        return {knob.key: knob.today for knob in self.knobs} if all(k.holds(k.today) for k in self.knobs) else None

    @property
    def identity(self) -> str:
        """What has to stay the same while a sweep goes on; `trials` and `jobs` may change."""
        file = self.file.model_dump()
        return json.dumps({key: file[key] for key in ("judge", "seed", "set", "knobs")}, sort_keys=True)

    def faults(self, values: Mapping[str, Scalar]) -> list[str]:
        """Return what is wrong with the params under some values of the knobs."""
        return checked(with_values(self.base, {**self.shared, **values}))[1]

    def overrides(self, values: Mapping[str, Scalar]) -> list[str]:
        """Return the `-S` of an experiment with some values of the knobs."""
        return [override(key, value) for key, value in {**self.shared, **values}.items()]


def load_sweep(path: Path, base: Mapping[str, Any]) -> Sweep:
    """Read and check a sweep's file.

    Args:
        path: the file.
        base: params.yaml, as a mapping that is valid.

    Raises:
        LookalikeError: it holds faults; the message lists every one.
    """
    raw = read_mapping(path)
    try:
        file = SweepFile.model_validate(raw)
    except ValidationError as error:
        raise all_faults(path, explained(error, SweepFile)) from None
    today, faults = checked(base)
    if today is None:
        raise all_faults(PARAMS_FILE, faults)
    shared = dict(_usable(file.set, today, faults))
    if file.judge != ENSEMBLE and file.judge not in today.models:
        faults.append(f"judge: unknown model{suggestion(file.judge, [ENSEMBLE, *today.models])}")
    elif file.judge != ENSEMBLE:
        # What judges one model needs no other.
        shared = {"run.models": [file.judge], **shared}
    params, shared_faults = checked(with_values(base, shared))
    faults += [f"set: {fault}" for fault in shared_faults]
    if params is not None:
        faults += _judge_faults(file, params)
    sweep = Sweep(file, tuple(_knobs(file, params or today, faults)), shared, base)
    if params is not None:
        faults += [fault for knob in sweep.knobs for fault in _value_faults(sweep, knob)]
    if faults:
        raise all_faults(path, faults)
    return sweep


def _usable(values: Mapping[str, Any], params: Params, faults: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the keys of `set` that can be set, and append what is wrong with the others."""
    for key, value in values.items():
        try:
            if isinstance(value_at(params, key), Options | dict):
                raise ValueError("expected the key of a value, not of a block")
            override(key, value)
        except ValueError as error:
            faults.append(f"set.{key}: {error}")
        else:
            yield key, value


def _judge_faults(file: SweepFile, params: Params) -> list[str]:
    if file.judge == ENSEMBLE or file.judge not in params.models:
        return []
    if file.judge not in params.run.models:
        return [f"set.run.models: {file.judge} is judged, and not among them"]
    if params.models[file.judge].train.recipe == "frozen":
        return [f"judge: {file.judge} stays as published, so that no training judges it; judge: {ENSEMBLE} does"]
    return []


def _knobs(file: SweepFile, params: Params, faults: list[str]) -> Iterator[Knob]:
    """Yield the knobs that are sound by themselves, and append what is wrong with the others."""
    for key, raw in file.knobs.items():
        try:
            knob = Knob.parse(key, raw, params)
        except ValueError as error:
            faults.append(f"knobs.{key}: {error}")
            continue
        if key in file.set:
            faults.append(f"knobs.{key}: it is in `set` too")
        elif not any(f"{key}.".startswith(f"{block}.") for block in _judged_blocks(file, params)):
            faults.append(f"knobs.{key}: it cannot change what judges {file.judge}, or would change who judges")
        else:
            yield knob


def _judged_blocks(file: SweepFile, params: Params) -> list[str]:
    """Return what shapes the figure that judges, but for the judges: who is held out, and everything of the test."""
    if file.judge != ENSEMBLE:
        return [*OF_ALL, *(f"models.{file.judge}.{block}" for block in OF_A_MODEL)]
    return [*OF_ALL, *OF_THE_ENSEMBLE, *(f"models.{model}" for model in params.run.models)]


def _value_faults(sweep: Sweep, knob: Knob) -> Iterator[str]:
    """Yield what is wrong with values by themselves; what only other knobs' values make faulty, the trial tells."""
    for value in knob.ends:
        try:
            override(knob.key, value)
        except ValueError as error:
            yield f"knobs.{knob.key}: {error}"
        else:
            faults = sweep.faults({knob.key: value})
            yield from (f"knobs.{fault}" for fault in faults if fault.startswith(f"{knob.key}:"))
