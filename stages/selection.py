"""Stage `selection`: nothing is left in the folders that several stages fill but the files of the run's models.

DVC cannot make a list of dependencies from `run.models`, so `tune`, `score` and `report` depend on whole folders. What
a model left there that `run.models` no longer names goes; DVC's cache keeps it.
"""

from pathlib import Path

from lookalike.kit.entry import run_stage
from lookalike.kit.files import keep_only, write_json
from lookalike.params.load import load_params

SHARED = ("data/embeddings", "data/rankings", "metrics/training")
ENSEMBLE = "ensemble"


def main() -> None:
    """Write data/selection.json, once other models' files are gone."""
    models = load_params().run.models
    for folder in SHARED:
        keep_only(Path(folder), {*models, ENSEMBLE})
    write_json(Path("data/selection.json"), {"models": models})


if __name__ == "__main__":
    run_stage(main)
