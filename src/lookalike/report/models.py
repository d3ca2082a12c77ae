"""What became of each model of the run: its weights, how it learned, and whether that was kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class BeforeAfter:
    """A figure of the frozen model on the validation identities, and of the best epoch."""

    frozen: float
    best: float


@dataclass(frozen=True)
class ModelSummary:
    """One model.

    Attributes:
        name: its name in params.yaml.
        dim: length of its embeddings.
        preprocessing: its crop and test-time views.
        weights_sha256: digest of its pretrained weights.
        learns: `train.recipe`.
        kept: `trained`, or `frozen` where nothing was trained or training was no gain.
        epochs: how many were run, and which was best: 0 is the frozen model. None where nothing was trained.
        points: competition points on the validation identities; None where nothing was trained.
        map: mean average precision there.
    """

    name: str
    dim: str
    preprocessing: str
    weights_sha256: str
    learns: str
    kept: str
    epochs: tuple[int, int] | None
    points: BeforeAfter | None
    map: BeforeAfter | None


def summarise_model(name: str, about: Mapping[str, str], outcome: Mapping[str, Any]) -> ModelSummary:
    """Join what the embeddings and the record of training say of a model; a dash stands for what neither does.

    Args:
        name: the model.
        about: metadata of its embeddings.
        outcome: `metrics/training/<model>.json`, empty where there is none.
    """
    return ModelSummary(
        name=name,
        dim=about.get("dim", "–"),
        preprocessing=about.get("preprocessing", "–"),
        weights_sha256=about.get("weights_sha256", "–"),
        learns=outcome.get("recipe", "–"),
        kept=outcome.get("kept", about.get("kept", "–")),
        epochs=(outcome["epochs"], outcome["best_epoch"]) if "best_epoch" in outcome else None,
        points=_change(outcome, "points"),
        map=_change(outcome, "map"),
    )


def _change(outcome: Mapping[str, Any], figure: str) -> BeforeAfter | None:
    if f"best_{figure}" not in outcome:
        return None
    return BeforeAfter(float(outcome[f"frozen_{figure}"]), float(outcome[f"best_{figure}"]))
