"""Tensors of a file that torch saved before its version 1.6, read without torch: no code of the file is run.

The format is that of `torch.serialization._legacy_save`: five pickles (magic number, protocol, facts of the machine,
the object, the keys of its storages), then each storage as its length and its values.
"""

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from lookalike.kit.errors import LookalikeError

_MAGIC = 0x1950A86A20F9469CFC6C


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Return the float32 tensors of a state dict.

    Raises:
        LookalikeError: the file is of another format, or holds anything but float32 tensors on the CPU.
    """
    with path.open("rb") as stream:
        try:
            return _read(stream)
        except (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise LookalikeError(f"{path}: not a state dict of float32 tensors ({error})") from error


def _read(stream: IO[bytes]) -> dict[str, np.ndarray]:
    storages: dict[str, np.ndarray] = {}
    if _Unpickler(stream, storages).load() != _MAGIC:
        raise ValueError("another format")
    _protocol, _machine, state, keys = (_Unpickler(stream, storages).load() for _ in range(4))
    for key in keys:
        (count,) = np.frombuffer(stream.read(8), "<i8")
        storages[key][:] = np.frombuffer(stream.read(4 * int(count)), "<f4")
    if not all(isinstance(tensor, np.ndarray) for tensor in state.values()):
        raise ValueError("it holds something else")
    return {name: tensor.copy() for name, tensor in state.items()}


class _Unpickler(pickle.Unpickler):
    """Knows an ordered dict and a tensor, and nothing else."""

    def __init__(self, stream: IO[bytes], storages: dict[str, np.ndarray]) -> None:
        super().__init__(stream)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Callable[..., Any] | str:
        known: dict[tuple[str, str], Callable[..., Any] | str] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch", "FloatStorage"): "float32",
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return known[module, name]

    def persistent_load(self, pid: Any) -> np.ndarray:
        _, kind, key, _, count, _ = pid
        if kind != "float32":
            raise pickle.UnpicklingError(f"a storage of {kind}")
        # Filled when the pickles have ended.
        return self._storages.setdefault(key, np.zeros(count, np.float32))


def _tensor(storage: np.ndarray, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> np.ndarray:
    """Return a view of a storage; offset and stride count values."""
    end = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True)) + 1
    if min((offset, *stride), default=0) < 0 or end > len(storage):
        raise ValueError("a tensor reaches outside its storage")
    return np.lib.stride_tricks.as_strided(storage[offset:], size, [4 * step for step in stride], writeable=False)
