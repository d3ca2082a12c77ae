"""data/fusion.json: how the ensemble is made, whole, so that following it needs nothing else."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import ValidationError

from lookalike.fusion.calibrate import apply_isotonic, apply_platt
from lookalike.fusion.confidence import Confidence
from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import NORMALISERS, Scale
from lookalike.fusion.rule import rule_named
from lookalike.kit.digests import read_checked_json, write_checked_json
from lookalike.kit.errors import LookalikeError
from lookalike.params.fusion import TUNED_RULES
from lookalike.params.retrieval import RetrievalOptions, ShiftOptions
from lookalike.retrieval.embeddings import Embeddings, Placed
from lookalike.retrieval.place import place
from lookalike.retrieval.similarity import Similarity

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


@dataclass(frozen=True)
class Plan:
    """How several models make one ranking; a single model is a plan too.

    Attributes:
        rule: name of the fusion rule.
        models: their order.
        weight: each model's weight, of sum 1.
        accuracy: each model's top-1 rate by plain cosine on validation identities.
        retrieval: the options of retrieval, all of them.
        normalise: name of the common scale.
        calibration: one for each model, where the common scale is a calibrated one; else empty.
        confidence: how likely its answers are to show the same person.
    """

    rule: str
    models: list[str]
    weight: list[float]
    accuracy: list[float]
    retrieval: RetrievalOptions
    normalise: str = "none"
    calibration: list[Calibration] = field(default_factory=list)
    confidence: Confidence = field(default_factory=Confidence)

    @classmethod
    def equal(cls, rule: str, models: Sequence[str], retrieval: RetrievalOptions, normalise: str = "none") -> Self:
        """Return the plan of which nothing was decided: equal weights, and a confidence that says so."""
        n = len(models)
        return cls(rule, list(models), [1 / n] * n, [0.0] * n, retrieval, normalise)

    def similarity(self, embeddings: Sequence[Embeddings]) -> np.ndarray:
        """Return the ensemble's (n_query, n_gallery) float32 scores.

        Args:
            embeddings: the plan's models', in its order, of the same images.

        Raises:
            LookalikeError: they do not fit the plan or each other.
        """
        return self.compare(self.place(embeddings))

    def place(self, embeddings: Sequence[Embeddings]) -> tuple[Placed, ...]:
        """Return each model's vectors after its domain shift; the study's rules compare embeddings as they are."""
        if len(embeddings) != len(self.models):
            raise LookalikeError(f"the plan fuses {self.models}, but {len(embeddings)} models' embeddings were given")
        shift = self.retrieval.shift if self.rule in TUNED_RULES else ShiftOptions()
        return tuple(place(part, shift, self.retrieval.transductive) for part in embeddings)

    def compare(self, placed: Sequence[Placed]) -> np.ndarray:
        """Return the ensemble's (n_query, n_gallery) float32 scores of vectors that `place` made."""
        return self.fused(placed).scores()

    def fused(self, placed: Sequence[Placed]) -> Similarity:
        """Return the ensemble's similarity of vectors that `place` made, worked out no further than someone asks."""
        weight, accuracy = np.array(self.weight), np.array(self.accuracy)
        return rule_named(self.rule)(Evidence(tuple(placed), weight, accuracy, self.retrieval, self._scales()))

    def alone(self, learnable: bool) -> Self:
        """Return the plan for one photograph at a time: whatever needs others is off.

        A model of weight 0 changes nothing, so no photograph need wait for it; the study's rules ignore weights.

        Args:
            learnable: whether there are training images; without them a domain shift has nothing else to learn from.
        """
        shift = self.retrieval.shift if learnable else ShiftOptions()
        heard = [i for i, weight in enumerate(self.weight) if weight > 0 or self.rule not in TUNED_RULES]
        return replace(
            self,
            models=[self.models[i] for i in heard],
            weight=[self.weight[i] for i in heard],
            accuracy=[self.accuracy[i] for i in heard],
            retrieval=self.retrieval.model_copy(update={"transductive": False, "shift": shift}),
            calibration=[self.calibration[i] for i in heard] if self.calibration else [],
        )

    def _scales(self) -> tuple[Scale, ...]:
        """Return, for each model, what brings its scores to the common scale."""
        if self.normalise not in CALIBRATED:
            return (NORMALISERS[self.normalise],) * len(self.models)
        if len(self.calibration) != len(self.models):
            raise LookalikeError(
                f"fusion.normalise: {self.normalise} needs validation identities to be fitted on; choose zscore or none"
            )
        return tuple(row.scale(self.normalise) for row in self.calibration)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a plan written by `write`.

        Raises:
            LookalikeError: the file is not a plan.
        """
        value = read_checked_json(path)
        try:
            value["retrieval"] = RetrievalOptions.model_validate(value["retrieval"])
            value["calibration"] = [Calibration(**row) for row in value["calibration"]]
            value["confidence"] = Confidence.of(value["confidence"])
            return cls(**value)
        except (TypeError, KeyError, ValidationError) as error:
            raise LookalikeError(f"{path}: not a fusion plan ({error}); delete it and run `dvc repro`") from error

    def write(self, path: Path) -> None:
        """Write the plan as JSON, atomically."""
        write_checked_json(path, asdict(self) | {"retrieval": self.retrieval.model_dump()})
