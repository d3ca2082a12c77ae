"""What a training run has shown, and what it leaves for people: a CSV of epochs for plots, a JSON of figures."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.kit.files import atomic_path, write_json
from lookalike.validation.protocol import ValidationScore

if TYPE_CHECKING:
    # A frozen model is noted without torch.
    from torch import Tensor

COLUMNS = ("epoch", "loss", "lr_backbone", "lr_head", "valid_points", "valid_map")


@dataclass(frozen=True)
class Outcome:
    """What a training run has shown and what is kept of it.

    Attributes:
        state: tensors that replace the pretrained ones; empty where the frozen model is kept.
        history: one row an epoch, with a value for each of `COLUMNS`.
        frozen: validation score before training.
        best: validation score of what training gave: the best epoch, or its blend with the published weights.
        best_epoch: its number, from 1.
        share: how far the blend is from the published weights; 1 for the best epoch itself.
    """

    state: Mapping[str, "Tensor"]
    history: Sequence[Mapping[str, float]]
    frozen: ValidationScore
    best: ValidationScore
    best_epoch: int
    share: float = 1.0

    @property
    def kept(self) -> str:
        """`trained` where training was a gain on the held-out identities, else `frozen`."""
        return "trained" if self.state else "frozen"


def write_record(folder: Path, model: str, recipe: str, outcome: Outcome | None) -> None:
    """Write <model>.csv, its header alone for a frozen model, and <model>.json.

    Args:
        folder: where both go.
        model: the recipe's name.
        recipe: what `train.recipe` says.
        outcome: what training has shown; None where nothing was trained.
    """
    with atomic_path(folder / f"{model}.csv") as temporary, temporary.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{row[name]:.6g}" for name in COLUMNS} for row in (outcome.history if outcome else []))
    facts: dict[str, object] = {"recipe": recipe, "kept": "frozen" if outcome is None else outcome.kept}
    if outcome is not None:
        facts |= {
            "best_epoch": outcome.best_epoch,
            "epochs": len(outcome.history),
            "share": outcome.share,
            "frozen_points": round(outcome.frozen.points, 3),
            "frozen_map": round(outcome.frozen.map, 6),
            "best_points": round(outcome.best.points, 3),
            "best_map": round(outcome.best.map, 6),
        }
    write_json(folder / f"{model}.json", facts)
