"""Log finished runs, each once: that of the workspace, and those of `dvc exp`."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import sha256_file
from lookalike.run.layout import Layout
from lookalike.run.run import Run
from lookalike.tools.tracking import contents
from lookalike.tools.tracking.experiments import Experiment, experiment_of, experiments, extract, head
from lookalike.tools.tracking.models import log_models
from lookalike.tools.tracking.store import COMMIT_TAG, LOCK_TAG, NAME_TAG, STORE, Store

HERE = Layout()
ARTEFACTS = tuple(map(str, (HERE.params, HERE.lock, HERE.metrics.parent, HERE.report.parent)))


@dataclass(frozen=True)
class TrackedRun:
    """One run in MLflow.

    Attributes:
        run_id: MLflow's id.
        name: the DVC experiment it is; None for a run that is none.
        is_new: whether this call made it.
        models: exported models that this call logged with it.
    """

    run_id: str
    name: str | None
    is_new: bool
    models: tuple[str, ...] = ()


def track(root: Path, store: str = STORE) -> TrackedRun:
    """Log the finished run in `root`, under the name of the DVC experiment that it is.

    Raises:
        LookalikeError: there is no finished run to log.
    """
    lock = Layout(root).lock
    if not lock.is_file():
        raise LookalikeError(f"{lock}: no such file; finish a run first (dvc repro)")
    opened = Store(store)
    experiment = experiment_of(root)
    commit = experiment.commit if experiment else head(root)
    run = _log(opened, root, experiment.name if experiment else None, commit)
    models = log_models(opened.client, run.run_id, root)
    return TrackedRun(run.run_id, run.name, run.is_new, tuple(models))


def track_experiments(root: Path, store: str = STORE) -> list[TrackedRun]:
    """Log every finished experiment of `dvc exp`, oldest first, from the files that git keeps of it.

    What DVC keeps, such as the report, is logged with the run in the workspace alone.
    """
    opened = Store(store)
    runs = (_log_experiment(opened, root, experiment) for experiment in reversed(experiments(root)))
    return [run for run in runs if run is not None]


def _log_experiment(store: Store, root: Path, experiment: Experiment) -> TrackedRun | None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extract(root, experiment.commit, ARTEFACTS, folder)
        if not Layout(folder).metrics.is_file():
            return None  # an experiment that failed, or of stages before the score
        return _log(store, folder, experiment.name, experiment.commit)


def _log(store: Store, root: Path, name: str | None, commit: str | None) -> TrackedRun:
    run, key = Run(root), sha256_file(Layout(root).lock)
    known = store.find(key, name)
    if known:
        return TrackedRun(known, name, is_new=False)
    run_id = store.create(name)
    tags = {LOCK_TAG: key} | ({NAME_TAG: name} if name else {}) | ({COMMIT_TAG: commit} if commit else {})
    store.log(run_id, contents.params(run), contents.metrics(run), tags | contents.hashes(run))
    store.log_files(run_id, root, ARTEFACTS)
    store.client.set_terminated(run_id)
    return TrackedRun(run_id, name, is_new=True)
