"""From crops to unit embeddings: trained tensors, heads, views, and files that do not fit."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from lookalike.backbones.base import Backbone
from lookalike.backbones.head import build_head
from lookalike.backbones.trained import Training, read_trained, write_trained
from lookalike.embedding.crops import read_crops
from lookalike.embedding.embedder import Embedder, _unit
from lookalike.embedding.views import views_of
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import BackboneOptions, EmbedOptions, HeadOptions, ViewOptions
from tests.recipes import save_array

CROPS = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
NOTHING = hashlib.sha256(b"").hexdigest()


class Corner(Backbone):
    """Features: the top left pixel's colour."""

    dim = 3

    def embed(self, crops: np.ndarray) -> np.ndarray:
        return crops[:, 0, 0].astype(np.float32) + 1


def options(**changes: object) -> EmbedOptions:
    return EmbedOptions.model_validate({"batch": 2, **changes})


def load(head: HeadOptions, trained: Path) -> Embedder:
    backbone = BackboneOptions(family="onnx", architecture="corner", weights="none")
    weights = trained.with_suffix(".weights")
    weights.write_bytes(b"")
    return Embedder.load(backbone, 16, head, options(), weights, trained, "cpu")


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_batches_do_not_show_in_the_result() -> None:
    embedder = Embedder(Corner(), None, options())
    expected = unit(CROPS[:, 0, 0].astype(np.float32) + 1)
    np.testing.assert_allclose(embedder.embed_all(CROPS, "embedding"), expected, rtol=1e-6)


class Queued(Corner):
    """A device with a queue: notes when a batch begins and when it is waited for."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def begin(self, crops: np.ndarray) -> Callable[[], np.ndarray]:
        self.events.append("begin")
        features = self.embed(crops)
        return lambda: self.events.append("wait") or features


@pytest.mark.parametrize("flip", [False, True])
def test_batches_are_queued_ahead_of_those_waited_for(flip: bool) -> None:
    crops = np.concatenate([CROPS, CROPS + 1])
    queued, views = Queued(), {"views": {"flip": flip}}
    found = Embedder(queued, None, options(**views)).embed_all(crops, "embedding")
    assert np.array_equal(found, Embedder(Corner(), None, options(**views)).embed_all(crops, "embedding"))
    each = 2 if flip else 1
    begin, wait = ["begin"] * each, ["wait"] * each
    assert queued.events == [*begin, *begin, *begin, *wait, *begin, *wait, *begin, *wait, *wait, *wait]


def test_flipped_view_is_averaged_in() -> None:
    embedder = Embedder(Corner(), None, options(views={"flip": True}))
    left, right = (unit(CROPS[:, 0, column].astype(np.float32) + 1) for column in (0, -1))
    np.testing.assert_allclose(embedder.embed(CROPS), unit(left + right), rtol=1e-6)


@pytest.mark.parametrize(
    "views, count",
    [
        ({}, 1),
        ({"flip": True}, 2),
        ({"rotate": 5.0}, 3),
        ({"brightness": 0.1}, 3),
        ({"zoom": 0.2}, 2),
        ({"flip": True, "rotate": 5.0, "brightness": 0.1, "zoom": 0.2}, 7),
    ],
)
def test_views_are_the_crop_and_its_changed_copies(views: dict[str, object], count: int) -> None:
    found = list(views_of(CROPS, ViewOptions.model_validate(views)))
    assert len(found) == count
    assert np.array_equal(found[0], CROPS)
    assert all(view.shape == CROPS.shape and view.dtype == np.uint8 for view in found)
    assert all(not np.array_equal(view, CROPS) for view in found[1:])


def test_brightness_is_a_share_of_the_pixel_value() -> None:
    _, darker, brighter = views_of(np.full((1, 4, 4, 3), 100, np.uint8), ViewOptions(brightness=0.1))
    assert darker.max() == 90 and brighter.max() == 110


def test_trained_head_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.embedding.embedder.load_to_embed", lambda *_: Corner())
    head = build_head(HeadOptions(kind="mlp", dim=4), 3, torch.Generator().manual_seed(1)).eval()
    state = {f"head.{name}": value for name, value in head.state_dict().items()}
    path = tmp_path / "corner.safetensors"
    write_trained(path, Training("corner", NOTHING, "trained"), state)
    embedder = load(HeadOptions(kind="mlp", dim=4), path)
    with torch.no_grad():
        expected = head(torch.from_numpy(Corner().embed(CROPS))).numpy()
    np.testing.assert_allclose(embedder.embed(CROPS), unit(expected), rtol=1e-5)
    assert embedder.dim == 4
    with pytest.raises(LookalikeError, match="do not fit the recipe"):
        load(HeadOptions(kind="mlp", dim=8), path)


def test_frozen_model_has_no_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.embedding.embedder.load_to_embed", lambda *_: Corner())
    path = tmp_path / "corner.safetensors"
    write_trained(path, Training("corner", NOTHING, "frozen"), {})
    assert load(HeadOptions(kind="mlp", dim=4), path).dim == 3


def test_a_state_has_one_file_form(tmp_path: Path) -> None:
    state = {"b": torch.arange(3.0), "a": torch.ones(2, 2, dtype=torch.int64)}
    training = Training("net", "1" * 64, "trained")
    write_trained(tmp_path / "one", training, state)
    write_trained(tmp_path / "other", training, dict(reversed(state.items())))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    found, tensors = read_trained(tmp_path / "one")
    assert found == training and all(torch.equal(tensors[name], state[name]) for name in state)


@pytest.mark.parametrize("content", [b"", b"not tensors, but long enough to hold a header"])
def test_damaged_model_file_is_a_clear_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "net").write_bytes(content)
    with pytest.raises(LookalikeError, match="train again"):
        read_trained(tmp_path / "net")


def test_crops_must_be_as_many_as_the_training_images(tmp_path: Path) -> None:
    save_array(tmp_path / "good.npy", CROPS[:2])
    save_array(tmp_path / "short.npy", CROPS[:1])
    (tmp_path / "text.npy").write_text("no array")
    assert np.array_equal(read_crops(tmp_path / "good.npy", 2, 8), CROPS[:2])
    for name, message in (("short.npy", "expected uint8"), ("text.npy", "not an array"), ("none.npy", "no such file")):
        with pytest.raises(LookalikeError, match=message):
            read_crops(tmp_path / name, 2, 8)


@pytest.mark.parametrize("dim", [8, 128, 512, 768])
def test_rows_are_normalised_as_torch_does_to_the_last_bit(dim: int) -> None:
    rows = np.random.default_rng(dim).normal(0, 20, (64, dim)).astype(np.float32)
    rows[3] = 0
    expected = torch.nn.functional.normalize(torch.from_numpy(rows), dim=1).numpy()
    assert _unit(rows).tobytes() == expected.tobytes()
    assert np.concatenate([_unit(row[None]) for row in rows]).tobytes() == expected.tobytes()


def test_a_length_that_fills_no_lane_is_a_unit_too() -> None:
    rows = np.random.default_rng(0).normal(0, 20, (64, 13)).astype(np.float32)
    np.testing.assert_allclose(np.linalg.norm(_unit(rows).astype(np.float64), axis=1), 1, atol=1e-6)
