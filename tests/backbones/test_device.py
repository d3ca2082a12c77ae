"""A backbone on a GPU: batches queue up, results are waited for one by one, and ONNX graphs run there too.

No card is needed: what CUDA offers is stood in for by main memory, and its calls are recorded.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from torch import nn

from lookalike.backbones import compiled, registry, transfer
from lookalike.backbones.base import AHEAD, Backbone, in_turn
from lookalike.backbones.runtime import CompiledBackbone
from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk, to_batch
from lookalike.params.models import BackboneOptions

CPU, META = torch.device("cpu"), torch.device("meta")
CROPS = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)


def small() -> TorchBackbone:
    torch.manual_seed(0)
    stages = {"conv": nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), "head": nn.Flatten()}
    return TorchBackbone(Trunk.of(stages, 144, PixelScale((127.5,) * 3, (128.0,) * 3)), CPU)


class Stream:
    def __init__(self, calls: list[str], name: str) -> None:
        self.calls, self.name = calls, name

    def wait_stream(self, other: "Stream") -> None:
        self.calls.append(f"{self.name} waits for {other.name}")


class Event:
    calls: list[str]

    def record(self, stream: Stream) -> None:
        self.calls.append(f"recorded on {stream.name}")

    def synchronize(self) -> None:
        self.calls.append("waited")


class Card:
    """A device that says `cuda`; what is copied to it stays in main memory."""

    type = "cuda"


class Staged:
    """Pinned memory: a tensor in main memory whose copies are recorded."""

    def __init__(self, values: torch.Tensor, calls: list[str]) -> None:
        self.values, self.calls = values, calls

    def numpy(self) -> np.ndarray:
        return self.values.numpy()

    def to(self, device: object, non_blocking: bool) -> "Staged":
        assert isinstance(device, Card)
        self.calls.append(f"copied, non_blocking={non_blocking}")
        return Staged(self.values.clone(), self.calls)

    def copy_(self, source: torch.Tensor, non_blocking: bool) -> None:
        self.calls.append(f"fetched, non_blocking={non_blocking}")
        self.values.copy_(source)

    def record_stream(self, stream: Stream) -> None:
        self.calls.append(f"kept for {stream.name}")


class OnCard:
    """Features on a card."""

    device, dtype = Card(), torch.float32

    def __init__(self, values: torch.Tensor) -> None:
        self.values, self.shape = values, values.shape

    def detach(self) -> torch.Tensor:
        return self.values


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    made: list[str] = []
    monkeypatch.setattr(transfer, "_pinned", lambda dtype, shape: Staged(torch.empty(tuple(shape), dtype=dtype), made))
    monkeypatch.setattr(transfer, "_upload_stream", lambda _: Stream(made, "uploads"))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: Stream(made, "kernels"))
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(Event, "calls", made, raising=False)
    yield made


def test_crops_go_up_from_pinned_memory_on_a_stream_of_their_own(calls: list[str]) -> None:
    copied = transfer.to_device(CROPS, Card())
    np.testing.assert_array_equal(copied.numpy(), CROPS)
    assert calls == ["copied, non_blocking=True", "kernels waits for uploads", "kept for kernels"]


def test_features_come_back_without_a_wait_until_they_are_asked_for(calls: list[str]) -> None:
    values = torch.arange(6.0).reshape(2, 3)
    wait = transfer.fetched(OnCard(values))
    assert calls == ["fetched, non_blocking=True", "recorded on kernels"]
    np.testing.assert_array_equal(wait(), values.numpy())
    assert calls[2:] == ["waited"]


def test_a_result_is_waited_for_only_when_the_next_batches_have_begun() -> None:
    events: list[str] = []

    def jobs() -> Iterator[Callable[[], int]]:
        for i in range(5):
            events.append(f"begin {i}")
            yield lambda i=i: events.append(f"end {i}") or i * 10

    assert list(in_turn(jobs())) == [i * 10 for i in range(5)]
    begun = [event for event in events if event.startswith("begin")]
    assert events == [*begun[:3], "end 0", begun[3], "end 1", begun[4], "end 2", "end 3", "end 4"]
    assert AHEAD == 2


def test_a_torch_backbone_queues_and_a_compiled_one_does_not() -> None:
    backbone = small()
    assert type(backbone).begin is not Backbone.begin and CompiledBackbone.begin is Backbone.begin
    np.testing.assert_array_equal(backbone.begin(CROPS)(), backbone.embed(CROPS))


def test_an_onnx_recipe_is_torch_layers_on_a_card(sface: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = BackboneOptions(family="onnx", architecture="sface", weights="sface")
    monkeypatch.setattr(compiled, "torch_device", lambda name: META if name == "cuda" else CPU)
    on_card = (
        registry.load_backbone(options, 112, sface, META, "bf16"),
        compiled.load_to_embed(options, 112, sface, "cuda", "bf16"),
    )
    for backbone in on_card:
        assert isinstance(backbone, TorchBackbone)
        assert {(p.device, p.dtype) for p in backbone.trunk.parameters()} == {(META, torch.bfloat16)}
    assert isinstance(registry.load_backbone(options, 112, sface, CPU), CompiledBackbone)
    assert isinstance(compiled.load_to_embed(options, 112, sface, "cpu"), CompiledBackbone)


def test_every_tensor_of_a_trunk_follows_the_device() -> None:
    backbone = small()
    moved = TorchBackbone(backbone.trunk, META)
    values = [*moved.trunk.parameters(), *moved.trunk.buffers()]
    assert len(values) == 4 and {value.device for value in values} == {META}
    assert moved.trunk(to_batch(CROPS, META)).shape == (6, 144)


@pytest.mark.parametrize("architecture", ["test_vit", "test_efficientnet", "test_convnext"])
def test_bf16_points_where_fp32_does(architecture: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    size = {"img_size": 32} if "vit" in architecture else {}
    torch.save(timm.create_model(architecture, num_classes=0, **size).state_dict(), tmp_path / "net.weights")
    options = BackboneOptions(family="timm", architecture=architecture, weights="none")
    crops = np.random.default_rng(1).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    full, half = (
        registry.load_backbone(options, 32, tmp_path / "net.weights", CPU, p).embed(crops) for p in ("fp32", "bf16")
    )
    cosine = (full * half).sum(1) / np.linalg.norm(full, axis=1) / np.linalg.norm(half, axis=1)
    assert full.dtype == half.dtype == np.float32 and cosine.min() >= 0.999 and not np.array_equal(full, half)
