"""MLflow's side: runs, found again by the hash of the `dvc.lock` they came from.

`dvc.lock` holds the hash of every param, input and output, so two runs of one lock file are the same run.
"""

from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag

STORE = "sqlite:///mlflow.db"
EXPERIMENT = "lookalike"
LOCK_TAG = "lookalike.lock_sha256"
NAME_TAG = "lookalike.dvc_experiment"
COMMIT_TAG = "mlflow.source.git.commit"
BATCH = 100  # the most params that MLflow takes at once


class Store:
    """One MLflow experiment in one store."""

    def __init__(self, uri: str) -> None:
        """Open the store, and make the experiment where there is none yet."""
        self.client = MlflowClient(uri)
        known = self.client.get_experiment_by_name(EXPERIMENT)
        self._id = known.experiment_id if known else self.client.create_experiment(EXPERIMENT)

    def find(self, lock_sha256: str, name: str | None) -> str | None:
        """Return the id of the finished run of a lock file; of several, that of the experiment `name`."""
        query = f"tags.`{LOCK_TAG}` = '{lock_sha256}' and attributes.status = 'FINISHED'"
        runs: list[Run] = self.client.search_runs([self._id], query)
        named = [run for run in runs if name is None or run.data.tags.get(NAME_TAG) == name]
        return str(named[0].info.run_id) if named else None

    def create(self, name: str | None) -> str:
        """Start a run; MLflow names it where nobody did."""
        return str(self.client.create_run(self._id, run_name=name).info.run_id)

    def log(self, run_id: str, params: list[Param], metrics: list[Metric], tags: dict[str, str]) -> None:
        """Log values to a run."""
        for start in range(0, len(params), BATCH):
            self.client.log_batch(run_id, params=params[start : start + BATCH])
        self.client.log_batch(run_id, metrics=metrics, tags=[RunTag(*pair) for pair in tags.items()])

    def log_files(self, run_id: str, root: Path, names: tuple[str, ...]) -> None:
        """Log files and folders that are there, under their own names."""
        for name in names:
            path = root / name
            if path.is_dir():
                self.client.log_artifacts(run_id, str(path), name)
            elif path.is_file():
                self.client.log_artifact(run_id, str(path))
