import io
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from lookalike.kit.errors import LookalikeError
from lookalike.kit.torch_file import read_tensors


def saved(path: Path, value: object, new: bool = False) -> Path:
    torch.save(value, path, _use_new_zipfile_serialization=new)
    return path


def test_tensors_are_those_that_torch_reads(tmp_path: Path) -> None:
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    state = OrderedDict(a=torch.randn(3, 2, 5), part=base[1:, ::2], turned=base.T, one=torch.tensor(2.5))
    path = saved(tmp_path / "x.pt", state)
    tensors, expected = read_tensors(path), torch.load(path, weights_only=True)
    assert list(tensors) == list(expected)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(tensor, expected[name].numpy())


@pytest.mark.parametrize("value", [OrderedDict(a=torch.zeros(2, dtype=torch.float64)), {"a": 1}, [1, 2]])
def test_other_contents_are_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(LookalikeError, match="not a state dict of float32 tensors"):
        read_tensors(saved(tmp_path / "x.pt", value))


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match=r"x\.pt: not a state dict"):
        read_tensors(saved(tmp_path / "x.pt", OrderedDict(a=torch.zeros(2)), new=True))


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.pt", OrderedDict(a=torch.zeros(200)))
    whole = path.read_bytes()
    for end in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(LookalikeError, match="not a state dict"):
            read_tensors(path)


def test_no_code_of_the_file_is_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "touched",)  # type: ignore[return-value]

    stream = io.BytesIO()
    for value in (0x1950A86A20F9469CFC6C, 1001, {}, Evil(), []):
        pickle.dump(value, stream, protocol=2)
    (tmp_path / "x.pt").write_bytes(stream.getvalue())
    with pytest.raises(LookalikeError, match="it names"):
        read_tensors(tmp_path / "x.pt")
    assert not (tmp_path / "touched").exists()
