import json
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient

from lookalike.errors import LookalikeError
from lookalike.tracking import EXPERIMENT, track

LOCK = {
    "schema": "2.0",
    "stages": {
        "catalog": {
            "cmd": "x",
            "deps": [{"path": "data/raw/sample", "md5": "abc.dir"}],
            "outs": [{"path": "data/catalog.parquet", "md5": "def"}],
        },
        "weights@sface": {"cmd": "x", "outs": [{"path": "data/weights/sface.weights", "md5": "123"}]},
    },
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    root = tmp_path / "run"
    (root / "metrics/training").mkdir(parents=True)
    (root / "params.yaml").write_text(yaml.safe_dump({"run": {"dataset": "sample", "models": ["sface"]}}))
    (root / "dvc.lock").write_text(yaml.safe_dump(LOCK))
    metrics = {"dataset": "sample", "systems": {"sface": {"points": 950.0, "top1": 0.93}}}
    (root / "metrics/metrics.json").write_text(json.dumps(metrics))
    (root / "metrics/training/sface.csv").write_text("epoch,loss,valid_points\n0,,800\n1,2.5,900\n")
    return root


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)  # MLflow keeps artefacts of a local store below the working folder
    return f"sqlite:///{tmp_path}/mlflow.db"


def test_params_metrics_curves_hashes_and_files_are_logged(run: Path, store: str) -> None:
    logged = MlflowClient(store).get_run(track(run, store).run_id)
    assert logged.data.params == {"run.dataset": "sample", "run.models": "['sface']"}
    assert logged.data.metrics["sface/points"] == 950.0
    assert logged.data.tags["hash/data/raw/sample"] == "abc.dir"
    assert logged.data.tags["hash/data/weights/sface.weights"] == "123"
    curve = MlflowClient(store).get_metric_history(logged.info.run_id, "sface/training/valid_points")
    assert [(point.step, point.value) for point in curve] == [(0, 800.0), (1, 900.0)]
    names = {file.path for file in MlflowClient(store).list_artifacts(logged.info.run_id)}
    assert names == {"params.yaml", "dvc.lock", "metrics"}


def test_a_run_is_logged_once_and_another_run_beside_it(run: Path, store: str) -> None:
    first, again = track(run, store), track(run, store)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.run_id == again.run_id
    (run / "dvc.lock").write_text(yaml.safe_dump(LOCK | {"stages": {}}))
    assert track(run, store).is_new
    client = MlflowClient(store)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    assert len(client.search_runs([experiment.experiment_id])) == 2


def test_the_name_of_a_dvc_experiment_becomes_the_run_name(
    run: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "foggy-otter")
    assert MlflowClient(store).get_run(track(run, store).run_id).info.run_name == "foggy-otter"


def test_without_a_finished_run_the_error_says_what_to_do(tmp_path: Path, store: str) -> None:
    with pytest.raises(LookalikeError, match=r"dvc\.lock.*dvc repro"):
        track(tmp_path, store)
