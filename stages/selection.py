"""Stage `selection`: nothing is left in the folders that several stages fill but the files of the run's models.

DVC cannot make a list of dependencies from `run.models`, so `tune`, `score` and `report` depend on whole folders. What
a model left there that `run.models` no longer names goes; DVC's cache keeps it.
"""

from lookalike.kit.entry import run_stage
from lookalike.kit.files import keep_only, write_json
from lookalike.metrics.systems import ENSEMBLE
from lookalike.params.load import load_params
from lookalike.run.layout import Layout


def main() -> None:
    """Write data/selection.json, once other models' files are gone."""
    models, layout = load_params().run.models, Layout()
    for file in (layout.embeddings, layout.cross_fitted, layout.ranking, layout.training_record):
        keep_only(file(ENSEMBLE).parent, {*models, ENSEMBLE})
    write_json(layout.selection, {"models": models})


if __name__ == "__main__":
    run_stage(main)
