"""An exported file against the published graph and the embedder, run by the libraries that users run it with."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import dlib
import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from lookalike.backbones.trained import Training, write_trained
from lookalike.embedding.embedder import Embedder
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import read_json, sha256_file
from lookalike.params.load import load_params
from lookalike.params.models import Recipe
from lookalike.run.layout import Layout
from lookalike.run.run import Run
from lookalike.tools.export import parity
from lookalike.tools.export.exporter import Exporter
from lookalike.tools.export.format import Format
from lookalike.tools.export.network import load_network
from tests.tools.export.conftest import DIM, SIZE, FinishedRun

# Slow: torch's exporter takes a second or more for the smallest network.
pytestmark = pytest.mark.slow

MakeRun = Callable[..., FinishedRun]


def exported(run: FinishedRun, format_: Format = Format.ONNX) -> Path:
    Exporter(Run(run.root), "tiny", run.recipe).write_model(format_, run.root / "out")
    return run.root / "out" / format_.file_name


def run_onnx(path: Path, crops: np.ndarray) -> np.ndarray:
    return ort.InferenceSession(str(path)).run(None, {"pixels": crops})[0]


def run_torchscript(path: Path, crops: np.ndarray) -> np.ndarray:
    return torch.jit.load(path)(torch.from_numpy(crops)).numpy()


def run_safetensors(path: Path, crops: np.ndarray) -> np.ndarray:
    """Put the tensors into layers that held others, as a program would that has the layers alone."""
    layout = Layout(path.parents[1])
    recipe = load_params(layout.params).models["tiny"]
    network = load_network("tiny", recipe, layout.weights("tiny"), layout.trained("tiny"))
    for value in network.state_dict().values():
        value.zero_()
    network.load_state_dict(load_file(path))
    return network(torch.from_numpy(crops)).numpy()


RUNNERS = {Format.ONNX: run_onnx, Format.TORCHSCRIPT: run_torchscript, Format.SAFETENSORS: run_safetensors}


def by_hand(run: FinishedRun) -> np.ndarray:
    """Run the published graph one image at a time, as its fixed batch wants, and scale to unit length."""
    session = ort.InferenceSession(str(run.weights))
    planes = run.crops.transpose(0, 3, 1, 2).astype(np.float32)
    rows = np.concatenate([session.run(None, {"data": image[None]})[0] for image in planes])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
@pytest.mark.parametrize("format_", list(Format))
def test_a_frozen_model_gives_the_published_features_at_unit_length(finished_run: MakeRun, format_: Format) -> None:
    run = finished_run()
    path = exported(run, format_)
    for count in (1, 2, 9):
        np.testing.assert_allclose(RUNNERS[format_](path, run.crops[:count]), by_hand(run)[:count], atol=1e-5)


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
@pytest.mark.parametrize("format_", list(Format))
def test_what_training_changed_is_in_the_file(finished_run: MakeRun, format_: Format) -> None:
    run = finished_run(head="residual")
    found = RUNNERS[format_](exported(run, format_), run.crops)
    recipe, trained = run.recipe, run.root / "data/models/tiny.safetensors"
    blocks = recipe.backbone, recipe.crop.size, recipe.head, recipe.embed
    embedder = Embedder.load(*blocks, run.weights, trained, "cpu")
    np.testing.assert_allclose(found, embedder.embed(run.crops), atol=1e-5)
    assert np.abs(found - by_hand(run)).max() > 0.1


def test_the_graph_says_what_it_takes_and_gives(finished_run: MakeRun) -> None:
    session = ort.InferenceSession(str(exported(finished_run())))
    [taken], [given] = session.get_inputs(), session.get_outputs()
    assert (taken.name, taken.type, taken.shape) == ("pixels", "tensor(uint8)", ["n", SIZE, SIZE, 3])
    assert (given.name, given.type, given.shape) == ("embedding", "tensor(float)", ["n", DIM])


def test_the_graph_is_sound_and_names_no_file_of_this_machine(finished_run: MakeRun) -> None:
    path = exported(finished_run())
    onnx.checker.check_model(str(path), full_check=True)
    assert b".py" not in path.read_bytes()


@pytest.mark.parametrize("format_", [Format.ONNX, Format.SAFETENSORS])
def test_the_same_model_gives_the_same_bytes(finished_run: MakeRun, format_: Format) -> None:
    run = finished_run(head="residual")
    first = exported(run, format_).read_bytes()
    assert exported(run, format_).read_bytes() == first


def told_by_onnx(path: Path) -> dict[str, str]:
    return ort.InferenceSession(str(path)).get_modelmeta().custom_metadata_map


def told_by_torchscript(path: Path) -> dict[str, str]:
    extra = {"lookalike": ""}
    torch.jit.load(path, _extra_files=extra)
    return json.loads(extra["lookalike"])


def told_by_safetensors(path: Path) -> dict[str, str]:
    with safe_open(path, "numpy") as file:
        return json.loads(file.metadata()["lookalike"])


READERS = {
    Format.ONNX: told_by_onnx,
    Format.TORCHSCRIPT: told_by_torchscript,
    Format.SAFETENSORS: told_by_safetensors,
}


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
@pytest.mark.parametrize("format_", list(Format))
def test_a_file_carries_its_recipe_and_the_digests_of_what_it_was_made_of(
    finished_run: MakeRun, format_: Format
) -> None:
    run = finished_run(head="residual")
    told = READERS[format_](exported(run, format_))
    assert Recipe.model_validate(json.loads(told["recipe"])) == run.recipe
    trained = run.root / "data/models/tiny.safetensors"
    assert (told["model"], told["dataset"]) == ("tiny", "sample")
    assert told["weights_source"] == "https://example.org/tiny.onnx"
    assert told["weights_sha256"] == hashlib.sha256(run.weights.read_bytes()).hexdigest()
    assert told["trained_sha256"] == hashlib.sha256(trained.read_bytes()).hexdigest()


def test_a_file_that_differs_from_the_embedder_is_not_left(
    finished_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity, "TOLERANCE", -1.0)
    run = finished_run()
    with pytest.raises(LookalikeError, match=r"out/model\.onnx: embeddings differ"):
        exported(run)
    assert list((run.root / "out").iterdir()) == []


@pytest.mark.parametrize("changed", [[0.9, 0.0], [np.nan, 0.0]])
def test_differences_and_nans_are_refused(changed: list[float]) -> None:
    one = np.array([[1.0, 0.0]])
    parity.Parity.of(one, one + 1e-6).require("same")
    with pytest.raises(LookalikeError, match="other: embeddings differ"):
        parity.Parity.of(one, np.array([changed])).require("other")


def test_parity_is_the_largest_difference_and_the_smallest_cosine() -> None:
    expected, found = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.6, 0.8], [0.0, 1.0]])
    assert parity.Parity.of(expected, found) == parity.Parity(2, pytest.approx(0.8), pytest.approx(0.6))


def test_a_batch_frozen_into_a_graph_shows() -> None:
    def frozen(crops: np.ndarray) -> np.ndarray:
        if len(crops) != 2:
            raise ValueError("this graph takes two images")
        return np.zeros((2, DIM))

    with pytest.raises(ValueError, match="takes two"):
        parity.run_in_batches(frozen, np.zeros((2, SIZE, SIZE, 3), np.uint8), batch=2)


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
def test_the_record_holds_each_format_of_this_state_of_the_model(finished_run: MakeRun) -> None:
    run = finished_run()
    exported(run)
    exported(run, Format.TORCHSCRIPT)
    assert set(read_json(run.root / "out/parity.json")) == {"model", "trained_sha256", "onnx", "torchscript"}
    exported(finished_run(head="residual"))
    record = read_json(run.root / "out/parity.json")
    assert set(record) == {"model", "trained_sha256", "onnx"}
    assert record["onnx"]["crops"] == 9
    assert np.array_equal(np.load(run.root / "out/crops.npy"), run.crops)


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
@pytest.mark.parametrize("format_", list(Format))
def test_dlib_is_exported_as_dlib_runs_it(finished_run: MakeRun, dlib_weights: Path, format_: Format) -> None:
    run = finished_run(family="dlib", architecture="resnet29", size=150)
    run.weights.write_bytes(dlib_weights.read_bytes())
    write_trained(Layout(run.root).trained("tiny"), Training("tiny", sha256_file(run.weights), "frozen"), {})
    found = RUNNERS[format_](exported(run, format_), run.crops)
    network = dlib.face_recognition_model_v1(str(dlib_weights))
    rows = np.array([np.asarray(vector) for vector in network.compute_face_descriptor(list(run.crops))])
    np.testing.assert_allclose(found, rows / np.linalg.norm(rows, axis=1, keepdims=True), atol=1e-5)


def test_views_cannot_be_exported(finished_run: MakeRun) -> None:
    with pytest.raises(LookalikeError, match=r"models\.tiny\.embed\.views: .*switch the views off"):
        exported(finished_run(embed={"batch": 4, "views": {"flip": True}}))
