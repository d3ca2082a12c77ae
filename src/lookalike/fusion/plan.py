"""data/fusion.json: how the ensemble is to be made, and how that was decided."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from lookalike.fusion.calibrate import apply_isotonic, apply_platt
from lookalike.fusion.confidence import Confidence
from lookalike.fusion.normalise import NORMALISERS, Scale
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import read_json, write_json
from lookalike.params.retrieval import RetrievalOptions

CALIBRATED = ("platt", "isotonic")


@dataclass(frozen=True)
class Calibration:
    """One model's score -> probability map, fitted on validation pairs.

    Attributes:
        slope: of Platt's logistic curve.
        bias: of the same.
        knot: scores at which the isotonic step function changes.
        value: its probabilities there.
    """

    slope: float
    bias: float
    knot: list[float]
    value: list[float]

    def scale(self, normalise: str) -> Scale:
        """Return the map that the name picks, `platt` or `isotonic`."""
        if normalise == "platt":
            return partial(apply_platt, slope=self.slope, bias=self.bias)
        return partial(apply_isotonic, knot=np.array(self.knot), value=np.array(self.value))


def scales(calibration: list[Calibration], normalise: str, n_model: int) -> tuple[Scale, ...]:
    """Return, for each model, what brings its scores to the scale named.

    Raises:
        LookalikeError: the scale is a calibrated one and nothing was calibrated.
    """
    if normalise not in CALIBRATED:
        return (NORMALISERS[normalise],) * n_model
    if len(calibration) != n_model:
        raise LookalikeError(
            f"fusion.normalise: {normalise} needs validation identities to be fitted on; choose zscore or none"
        )
    return tuple(row.scale(normalise) for row in calibration)


@dataclass(frozen=True)
class Trial:
    """One thing the tuner tried: what, its points on validation identities, and whether it was kept."""

    step: str
    change: str
    points: float
    gain: float
    error: float
    kept: bool


@dataclass(frozen=True)
class Plan:
    """What the fuse stage follows.

    Attributes:
        rule: name of the fusion rule.
        models: their order.
        weight: each model's weight, of sum 1.
        accuracy: each model's top-1 rate by plain cosine on validation identities.
        retrieval: retrieval options that the tuner changed.
        calibration: one for each model, where the common scale is a calibrated one; else empty.
        confidence: probability that a first answer is right.
        identities: how many validation identities decided.
        tried: every trial in order.
        domains: how the training images' domains were known.
    """

    rule: str
    models: list[str]
    weight: list[float]
    accuracy: list[float]
    retrieval: dict[str, Any]
    calibration: list[Calibration]
    confidence: Confidence
    identities: int
    tried: list[Trial]
    domains: dict[str, Any]

    def scales(self, normalise: str) -> tuple[Scale, ...]:
        """Return what brings each model's scores to the scale named."""
        return scales(self.calibration, normalise, len(self.models))

    def options(self, given: RetrievalOptions) -> RetrievalOptions:
        """Return the given retrieval options with the tuner's changes."""
        return given.model_copy(update=self.retrieval)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a plan written by `write`.

        Raises:
            LookalikeError: the file is not a plan.
        """
        value = read_json(path)
        try:
            value["calibration"] = [Calibration(**row) for row in value["calibration"]]
            value["confidence"] = Confidence(**value["confidence"])
            value["tried"] = [Trial(**row) for row in value["tried"]]
            return cls(**value)
        except (TypeError, KeyError) as error:
            raise LookalikeError(f"{path}: not a fusion plan ({error}); delete it and run `dvc repro`") from error

    def write(self, path: Path) -> None:
        """Write the plan as JSON, atomically."""
        write_json(path, asdict(self))
