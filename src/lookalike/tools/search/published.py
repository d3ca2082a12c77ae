"""A search before the first run: one model as published, which needs no training and no dataset.

Nothing is learned, so that there is no ensemble, no domain shift, and nothing says how likely an answer is.
"""

from pathlib import Path

import numpy as np

from lookalike.backbones.trained import Training, write_trained
from lookalike.embedding.recipe import preprocessing
from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.digests import set_aside
from lookalike.kit.errors import LookalikeError
from lookalike.params.load import Params
from lookalike.params.models import Recipe
from lookalike.params.weights import WeightsOptions
from lookalike.run.layout import Layout
from lookalike.run.run import Run
from lookalike.tools.search.run import SearchRun
from lookalike.weights.fetch import fetch
from lookalike.weights.pins import pinned


def published_run(root: Path) -> SearchRun:
    """Return a run of the first of `run.models` that is used as published; its weights are fetched and verified.

    Args:
        root: the project's folder.

    Raises:
        LookalikeError: every model of the run is trained, or the weights cannot be had.
    """
    files = Run(root).files
    params, layout = files.params, files.layout
    model = _ready(params)
    weights = params.weights_of(model)
    home = _home(layout, weights)
    name, lock = params.models[model].backbone.weights, layout.weights_lock
    if not home.weights(model).is_file():
        fetch(name, weights, home.weights(model), layout.manual_weights, lock)
    training = Training(model, pinned(lock, name, weights.sha256), "frozen")
    if not home.trained(model).is_file() or set_aside(home.trained(model)):
        write_trained(home.trained(model), training, {})
    return SearchRun(files, None, {model: _empty(training, params.models[model])}, home)


def has_published_run(root: Path) -> bool:
    """Tell whether `published_run` has what it needs at hand, and would fetch nothing."""
    files = Run(root).files
    return _home(files.layout, files.params.weights_of(_ready(files.params))).weights(_ready(files.params)).is_file()


def any_run(root: Path) -> SearchRun:
    """Return the finished run; before the first one is, what can be had without.

    Raises:
        LookalikeError: see `SearchRun.read` and `published_run`.
    """
    return SearchRun.read(root) if Layout(root).plan.is_file() else published_run(root)


def _home(layout: Layout, weights: WeightsOptions) -> Layout:
    return Layout(layout.published / weights.sha256[:16])


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
