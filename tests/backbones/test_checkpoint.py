"""Checkpoints are read as data: safetensors, PyTorch zip and legacy files, TorchScript archives."""

import pickle
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from lookalike.backbones.checkpoint import load_exactly, read_state
from lookalike.kit.errors import LookalikeError


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.visual = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
        self.scale = nn.Parameter(torch.tensor(2.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.visual(x) * self.scale


@pytest.fixture
def net() -> Net:
    torch.manual_seed(0)
    return Net().eval()


def _same(found: dict[str, torch.Tensor], net: nn.Module) -> bool:
    own = net.state_dict()
    return set(found) == set(own) and all(torch.equal(found[key], own[key]) for key in own)


def test_safetensors(net: Net, tmp_path: Path) -> None:
    safetensors.torch.save_file(net.state_dict(), tmp_path / "net.weights")
    assert _same(read_state(tmp_path / "net.weights"), net)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("nest", [None, "model", "state_dict"])
def test_pytorch(net: Net, tmp_path: Path, zipped: bool, nest: str | None) -> None:
    state = {nest: net.state_dict()} if nest else net.state_dict()
    torch.save(state, tmp_path / "net.weights", _use_new_zipfile_serialization=zipped)
    assert _same(read_state(tmp_path / "net.weights"), net)


def test_torchscript_tensors_without_its_code(net: Net, tmp_path: Path) -> None:
    """CLIP is published so; half precision, as CLIP, comes back as float32 of the same values."""
    torch.jit.trace(net.half().float(), torch.randn(2, 4)).save(str(tmp_path / "net.weights"))
    assert _same(read_state(tmp_path / "net.weights"), net)
    torch.jit.script(net.half()).save(str(tmp_path / "half.weights"))
    found = read_state(tmp_path / "half.weights")
    assert found["visual.0.weight"].dtype == torch.float32
    torch.testing.assert_close(found["visual.0.weight"], net.visual[0].weight.detach().float())


class Exploit:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('code in a checkpoint was run')",))


def test_code_in_a_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.weights").write_bytes(pickle.dumps({"w": Exploit()}))
    with pytest.raises(LookalikeError, match="not a checkpoint"):
        read_state(tmp_path / "net.weights")


@pytest.mark.parametrize("content", [b"", b"plain text, not tensors at all"])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "net.weights").write_bytes(content)
    with pytest.raises(LookalikeError, match="not a checkpoint"):
        read_state(tmp_path / "net.weights")


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match="dvc repro"):
        read_state(tmp_path / "none.weights")


def test_fit_is_exact(net: Net) -> None:
    state = net.state_dict()
    load_exactly(Net(), state, (), "net")
    load_exactly(Net(), {**state, "classifier.weight": torch.zeros(1)}, ("classifier.",), "net")
    for wrong in (
        {key: value for key, value in state.items() if key != "scale"},
        {**state, "unheard.of": torch.zeros(1)},
        {**state, "visual.0.weight": torch.zeros(2, 2)},
    ):
        with pytest.raises(LookalikeError, match="weights of net do not fit"):
            load_exactly(Net(), wrong, (), "net")
