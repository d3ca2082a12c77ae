"""A search before the first run: one model as published, which needs no training and no dataset.

Nothing is learned, so that there is no ensemble, no domain shift, and nothing says how likely an answer is.
"""

from pathlib import Path

import numpy as np

from lookalike.backbones.trained import Training, write_trained
from lookalike.embedding.recipe import preprocessing
from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.errors import LookalikeError
from lookalike.params.load import Params, load_params
from lookalike.params.models import Recipe
from lookalike.tools.search.run import PLAN, Run
from lookalike.weights.fetch import fetch

HOME = Path(".cache/lookalike/published")


def published_run(root: Path) -> Run:
    """Return a run of the first of `run.models` that is used as published; its weights are fetched and verified.

    Args:
        root: the project's folder.

    Raises:
        LookalikeError: every model of the run is trained, or the weights cannot be had.
    """
    params = load_params(root / "params.yaml")
    model = _ready(params)
    weights = params.weights_of(model)
    home = root / HOME / weights.sha256[:16]
    training = Training(model, weights.sha256, "frozen")
    if not (path := home / f"weights/{model}.weights").is_file():
        fetch(params.models[model].backbone.weights, weights, path, root / "data/weights/manual")
    write_trained(home / f"models/{model}.safetensors", training, {})
    return Run(root, params, None, {model: _empty(training, params.models[model])}, home)


def any_run(root: Path) -> Run:
    """Return the finished run; before the first one is, what can be had without.

    Raises:
        LookalikeError: see `Run.read` and `published_run`.
    """
    return Run.read(root) if (root / PLAN).is_file() else published_run(root)


def _ready(params: Params) -> str:
    ready = (model for model in params.run.models if params.models[model].train.recipe == "frozen")
    if model := next(ready, None):
        return model
    raise LookalikeError(
        f"no run is finished, and each of run.models ({', '.join(params.run.models)}) needs training; run `dvc repro`"
    )


def _empty(training: Training, options: Recipe) -> EmbeddingTable:
    none = np.empty(0, dtype=object)
    facts = {**vars(training), "preprocessing": preprocessing(options.crop, options.embed.views)}
    return EmbeddingTable(none, none, none, none, np.empty((0, 0), dtype=np.float32), facts)
