"""What a training run has shown, and what it leaves for people: a CSV of epochs for plots, a JSON of figures."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import stdev
from typing import TYPE_CHECKING

from lookalike.backbones.trained import Kept
from lookalike.kit.files import atomic_path, write_json
from lookalike.validation.protocol import ValidationScore, mean_score

if TYPE_CHECKING:
    # A frozen model is noted without torch.
    from torch import Tensor

COLUMNS = ("epoch", "loss", "lr_backbone", "lr_head", "valid_points", "valid_map")


@dataclass(frozen=True)
class Outcome:
    """What a training run has shown and what is kept of it.

    Attributes:
        state: tensors that replace the pretrained ones; empty where the frozen model is kept.
        apart: for each part that judged, the tensors of the model that was fitted without it; empty where the frozen
            model is kept, or the only one that was fitted.
        history: one row an epoch, with a value for each of `COLUMNS`: means over the parts.
        frozen: for each part that judged, validation score before training.
        trained: the same of what training gave, at the epoch and blend of the best mean.
        best_epoch: its number, from 1.
        share: how far the blend is from the published weights; 1 for the best epoch itself.
    """

    state: Mapping[str, "Tensor"]
    apart: Mapping[int, Mapping[str, "Tensor"]]
    history: Sequence[Mapping[str, float]]
    frozen: Mapping[int, ValidationScore]
    trained: Mapping[int, ValidationScore]
    best_epoch: int
    share: float = 1.0

    @property
    def kept(self) -> Kept:
        """What the model that is kept was fitted on."""
        if not self.state:
            return "frozen"
        return "refitted" if self.apart else "trained"

    def facts(self) -> dict[str, object]:
        """Return the figures for people: scores before and after, and with several parts the gain's standard error."""
        frozen, trained = mean_score(self.frozen.values()), mean_score(self.trained.values())
        facts: dict[str, object] = {
            "best_epoch": self.best_epoch,
            "epochs": len(self.history),
            "share": self.share,
            "parts": len(self.frozen),
            "frozen_points": round(frozen.points, 3),
            "frozen_map": round(frozen.map, 6),
            "best_points": round(trained.points, 3),
            "best_map": round(trained.map, 6),
        }
        gain = [after.points - self.frozen[part].points for part, after in self.trained.items()]
        return facts if len(gain) == 1 else facts | {"gain_error": round(stdev(gain) / len(gain) ** 0.5, 3)}


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
        facts |= outcome.facts()
    write_json(folder / f"{model}.json", facts)
