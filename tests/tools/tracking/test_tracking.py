from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient
from mlflow.entities import Run

from lookalike.kit.errors import LookalikeError
from lookalike.tools.tracking.store import EXPERIMENT
from lookalike.tools.tracking.track import track, track_experiments
from tests.tools.tracking.conftest import LOCK, git, save_experiment, write_run

# Slow: MLflow makes a database for each store.
pytestmark = pytest.mark.slow


def logged(store: str, run_id: str) -> Run:
    return MlflowClient(store).get_run(run_id)


def count(store: str) -> int:
    client = MlflowClient(store)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    return len(client.search_runs([experiment.experiment_id]))


def test_params_metrics_curves_hashes_and_files_are_logged(run: Path, store: str) -> None:
    run_id = track(run, store).run_id
    data = logged(store, run_id).data
    assert data.params == {"run.dataset": "sample", "run.models": "['sface']"}
    assert data.metrics["sface/points"] == 950.0
    assert data.tags["hash/data/raw/sample"] == "abc.dir"
    assert data.tags["hash/data/weights/sface.weights"] == "123"
    curve = MlflowClient(store).get_metric_history(run_id, "sface/training/valid_points")
    assert [(point.step, point.value) for point in curve] == [(0, 800.0), (1, 900.0)]
    names = {file.path for file in MlflowClient(store).list_artifacts(run_id)}
    assert names == {"params.yaml", "dvc.lock", "metrics"}


def test_a_run_is_logged_once_and_another_run_beside_it(run: Path, store: str) -> None:
    first, again = track(run, store), track(run, store)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.run_id == again.run_id
    (run / "dvc.lock").write_text(yaml.safe_dump(LOCK | {"stages": {}}))
    assert track(run, store).is_new
    assert count(store) == 2


def test_without_a_finished_run_the_error_says_what_to_do(tmp_path: Path, store: str) -> None:
    with pytest.raises(LookalikeError, match=r"dvc\.lock.*dvc repro"):
        track(tmp_path, store)


def test_the_workspace_bears_the_name_of_the_experiment_it_is(repository: Path, store: str) -> None:
    write_run(repository, 960.0)
    commit = save_experiment(repository, "foggy-otter")
    write_run(repository, 970.0)
    save_experiment(repository, "other")
    write_run(repository, 960.0)
    found = logged(store, track(repository, store).run_id)
    assert found.info.run_name == "foggy-otter"
    assert found.data.tags["mlflow.source.git.commit"] == commit


def test_a_workspace_that_is_no_experiment_is_of_the_commit_below_it(repository: Path, store: str) -> None:
    write_run(repository, 960.0)
    save_experiment(repository, "foggy-otter")
    write_run(repository, 980.0)
    tracked = track(repository, store)
    assert tracked.name is None
    assert logged(store, tracked.run_id).data.tags["mlflow.source.git.commit"] == git(repository, "rev-parse", "HEAD")


def test_every_experiment_is_logged_once_from_its_own_files(repository: Path, store: str) -> None:
    for name, points in (("one", 960.0), ("two", 970.0)):
        write_run(repository, points)
        save_experiment(repository, name)
    write_run(repository, 990.0)
    runs = track_experiments(repository, store)
    assert {run.name: logged(store, run.run_id).data.metrics["sface/points"] for run in runs} == {
        "one": 960.0,
        "two": 970.0,
    }
    assert not any(run.is_new for run in track_experiments(repository, store))
    assert count(store) == 2


def test_experiments_of_one_outcome_stay_two_runs(repository: Path, store: str) -> None:
    write_run(repository, 960.0)
    save_experiment(repository, "one")
    save_experiment(repository, "two")
    assert len({run.run_id for run in track_experiments(repository, store)}) == 2


def test_a_run_stays_known_when_its_experiment_is_gone(repository: Path, store: str) -> None:
    write_run(repository, 960.0)
    save_experiment(repository, "one")
    first = track(repository, store)
    git(repository, "update-ref", "-d", git(repository, "for-each-ref", "--format=%(refname)", "refs/exps"))
    again = track(repository, store)
    assert (again.run_id, again.is_new) == (first.run_id, False)


def test_queued_and_unfinished_experiments_are_passed_over(repository: Path, store: str) -> None:
    git(repository, "update-ref", "refs/exps/celery/stash", "HEAD")
    (repository / "metrics/metrics.json").unlink()
    save_experiment(repository, "failed")
    assert track_experiments(repository, store) == []


def test_outside_a_repository_there_are_no_experiments(run: Path, store: str) -> None:
    assert track_experiments(run, store) == []
