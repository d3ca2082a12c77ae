"""A stage run by hand on a damaged input names it and writes nothing; training does without what it can make again."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lookalike.backbones.trained import Training, write_trained
from lookalike.embedding.embedder import Embedder
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import sha256_file
from lookalike.params.models import BackboneOptions, EmbedOptions, HeadOptions
from lookalike.run.layout import Layout
from lookalike.training.checkpoints import Checkpoints
from tests.training.project import make, run_here, trained

INPUTS: dict[str, Callable[[Layout], Path]] = {
    "catalogue": lambda layout: layout.training,
    "crops": lambda layout: layout.crops("tiny"),
    "weights": lambda layout: layout.weights("tiny"),
    "note": lambda layout: layout.weights_note("tiny"),
}


def zero_tail(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("spoil", [zero_tail, cut])
@pytest.mark.parametrize("name", INPUTS)
def test_training_refuses_a_damaged_input_and_names_it(
    tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    project = make(tmp_path / "project")
    path = INPUTS[name](Layout())
    spoil(project / path)
    with pytest.raises(LookalikeError, match=str(path)):
        run_here(project)
    assert not trained(project).exists()


def test_weights_other_than_those_that_were_trained_on_do_not_embed(tmp_path: Path) -> None:
    weights, model = tmp_path / "a.weights", tmp_path / "a.safetensors"
    weights.write_bytes(bytes(range(100)))
    write_trained(model, Training("a", sha256_file(weights), "frozen"), {})
    zero_tail(weights)
    options = BackboneOptions(family="onnx", architecture="a", weights="a")
    with pytest.raises(LookalikeError, match=r"a\.weights: damaged: it has SHA-256 .* delete it"):
        Embedder.load(options, 16, HeadOptions(), EmbedOptions(batch=1), weights, model, "cpu")


@pytest.mark.slow  # trains three times
@pytest.mark.parametrize("name", ["epoch.pt", "views.npy"])
def test_training_goes_on_from_what_is_whole_and_ends_in_the_same_bytes(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = {"augment": {"flip": 0.5}, "cached_views": 2, "epochs": 5, "patience": 5}
    unbroken, broken = (make(tmp_path / folder, **settings) for folder in ("unbroken", "broken"))
    run_here(unbroken)
    save, epochs = Checkpoints.save, []

    def stopping(self: Checkpoints, state: dict[str, list[object]]) -> None:
        save(self, state)
        epochs.append(len(state["history"]))
        if len(epochs) == 3:
            raise InterruptedError

    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(Checkpoints, "save", stopping)
        run_here(broken)
    (path,) = (broken / Layout().checkpoints).glob("*/views.npy" if name == "views.npy" else f"*/part0/{name}")
    zero_tail(path)
    with monkeypatch.context() as patch:
        resumed: list[object] = []

        def noting(self: Checkpoints, state: dict[str, list[object]]) -> None:
            resumed.append(len(state["history"]))
            save(self, state)

        patch.setattr(Checkpoints, "save", noting)
        run_here(broken)
    # From the second epoch's checkpoint where the third's is damaged.
    assert resumed == ([3, 4, 5] if name == "epoch.pt" else [4, 5])
    assert f"{name}: damaged" in capfd.readouterr().err
    assert trained(broken).read_bytes() == trained(unbroken).read_bytes()
    for record in ("csv", "json"):
        file = f"metrics/training/tiny.{record}"
        assert (broken / file).read_bytes() == (unbroken / file).read_bytes()


def test_crops_of_ones_are_not_taken_for_sound_because_they_have_the_right_shape(tmp_path: Path) -> None:
    project = make(tmp_path / "project")
    path = Layout(project).crops("tiny")
    np.save(path, np.load(path) * 0)
    with pytest.raises(LookalikeError, match=r"tiny\.npy: damaged: it carries no digest"):
        run_here(project)
