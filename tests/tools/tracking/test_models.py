from pathlib import Path

import mlflow
import numpy as np
import onnx
import pytest
from mlflow import MlflowClient
from mlflow.models import get_model_info
from mlflow.types import TensorSpec
from onnx import TensorProto, helper

from lookalike.kit.files import sha256_file, write_json
from lookalike.tools.tracking.models import signature_of
from lookalike.tools.tracking.track import track

# Slow: MLflow makes a database for each store.
pytestmark = pytest.mark.slow


def flattening() -> onnx.ModelProto:
    """Return a graph from (n, 2, 2, 3) uint8 to (n, 12) float32."""
    nodes = [helper.make_node("Cast", ["pixels"], ["a"], to=TensorProto.FLOAT)]
    nodes.append(helper.make_node("Flatten", ["a"], ["embedding"]))
    taken = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 2, 2, 3])
    given = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 12])
    graph = helper.make_graph(nodes, "flattening", [taken], [given])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


@pytest.fixture
def exported(run: Path) -> Path:
    """The run, with its model exported."""
    trained = run / "data/models/sface.safetensors"
    trained.parent.mkdir(parents=True)
    trained.write_bytes(b"trained")
    folder = run / "exports/sface"
    folder.mkdir(parents=True)
    onnx.save(flattening(), str(folder / "model.onnx"))
    record = {"onnx": {"sha256": sha256_file(folder / "model.onnx")}, "trained_sha256": sha256_file(trained)}
    write_json(folder / "parity.json", record)
    return run


def test_the_signature_is_that_of_the_graph() -> None:
    signature = signature_of(flattening())
    assert signature.inputs.inputs == [TensorSpec(np.dtype("uint8"), (-1, 2, 2, 3), "pixels")]
    assert signature.outputs.inputs == [TensorSpec(np.dtype("float32"), (-1, 12), "embedding")]


def test_an_exported_model_can_be_used_from_the_store(
    exported: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracked = track(exported, store)
    assert tracked.models == ("sface",)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    where = f"runs:/{tracked.run_id}/models/sface"
    signature = get_model_info(where).signature
    assert signature is not None
    assert [spec["name"] for spec in signature.inputs.to_dict()] == ["pixels"]
    pixels = np.arange(36, dtype=np.uint8).reshape(3, 2, 2, 3)
    found = mlflow.pyfunc.load_model(where).predict({"pixels": pixels})
    np.testing.assert_array_equal(found["embedding"], pixels.reshape(3, 12))


def test_a_model_exported_after_the_run_was_logged_is_added_once(exported: Path, store: str) -> None:
    hidden = exported / "exports/hidden"
    (exported / "exports/sface").rename(hidden)
    first = track(exported, store)
    hidden.rename(exported / "exports/sface")
    assert [first.models, track(exported, store).models, track(exported, store).models] == [(), ("sface",), ()]


def test_an_export_of_another_state_of_the_model_is_not_logged(exported: Path, store: str) -> None:
    (exported / "data/models/sface.safetensors").write_bytes(b"trained again")
    tracked = track(exported, store)
    assert tracked.models == ()
    assert MlflowClient(store).list_artifacts(tracked.run_id, "models") == []
