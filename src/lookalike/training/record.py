"""What a training run leaves for people: a CSV of epochs for plots, a JSON of figures."""

import csv
from pathlib import Path

from lookalike.kit.files import atomic_path, write_json
from lookalike.training.recipe import Outcome

COLUMNS = ("epoch", "loss", "lr_backbone", "lr_head", "valid_points", "valid_map")


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
