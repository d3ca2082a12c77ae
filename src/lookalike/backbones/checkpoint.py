"""Checkpoints as dictionaries of tensors, read without running any code that they carry."""

import io
import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from lookalike.kit.errors import LookalikeError

State = dict[str, Tensor]
NESTED_UNDER = ("model", "state_dict")
_STORAGE = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
}


def read_state(path: Path) -> State:
    """Read a safetensors file, a PyTorch checkpoint or a TorchScript archive, by its content.

    Raises:
        LookalikeError: the file is missing, or none of these.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if any(name.endswith("constants.pkl") for name in archive.namelist()):
                    return _read_torchscript(archive)
        elif _is_safetensors(path):
            return safetensors.torch.load_file(path)
        return _unnest(torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; run `dvc repro` to fetch the weights") from None
    except (pickle.UnpicklingError, EOFError, KeyError, RuntimeError) as error:
        raise LookalikeError(f"{path}: not a checkpoint of tensors ({error})") from error


def load_exactly(module: nn.Module, state: Mapping[str, Tensor], unused: tuple[str, ...], name: str) -> None:
    """Load a state in which every tensor of the module is found, and nothing is left over but what is named.

    Args:
        module: takes the tensors.
        state: name -> tensor.
        unused: prefixes of tensors that the module does not have, such as a classifier.
        name: the model's name, for the error.

    Raises:
        LookalikeError: a tensor is missing, left over or of another shape.
    """
    own = module.state_dict()
    used = {key: value for key, value in state.items() if key in own or not key.startswith(unused)}
    # Counters of batches seen only steer a running average that is frozen here; old checkpoints lack them.
    missing = sorted(key for key in set(own) - set(used) if not key.endswith("num_batches_tracked"))
    extra = sorted(set(used) - set(own))
    shapes = sorted(key for key in set(own) & set(used) if own[key].shape != used[key].shape)
    if missing or extra or shapes:
        raise LookalikeError(
            f"weights of {name} do not fit: {len(missing)} tensors missing {missing[:3]}, {len(extra)} unknown "
            f"{extra[:3]}, {len(shapes)} of another shape {shapes[:3]}; is this the checkpoint the recipe names?"
        )
    module.load_state_dict(used, strict=False)


def _is_safetensors(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(9)
    return len(head) == 9 and head[8:] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size


def _unnest(loaded: Any) -> State:
    for key in NESTED_UNDER:
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            loaded = loaded[key]
    if not isinstance(loaded, dict) or not all(isinstance(value, Tensor) for value in loaded.values()):
        raise LookalikeError("the checkpoint is not a dictionary of tensors")
    return dict(loaded)


class _Scripted:
    """Stands for any scripted module: keeps its attributes, runs nothing."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class _TensorUnpickler(pickle.Unpickler):
    """Reads the data of a TorchScript archive; only tensors and plain containers can be made."""

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{folder}/data.pkl")))
        self._archive, self._folder = archive, folder

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        if module.startswith("__torch__"):
            return _Scripted
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        if module == "torch" and name in _STORAGE:
            return type(name, (), {"dtype": _STORAGE[name]})
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a checkpoint")

    def persistent_load(self, pid: Any) -> Tensor:
        _, storage, key, _, _ = pid
        raw = self._archive.read(f"{self._folder}/data/{key}")
        return torch.frombuffer(bytearray(raw), dtype=storage.dtype)


def _tensor(storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Tensor:
    return torch.as_strided(storage, size, stride, offset).clone()


def _read_torchscript(archive: zipfile.ZipFile) -> State:
    folder = next(name for name in archive.namelist() if name.endswith("/data.pkl")).rsplit("/", 1)[0]
    return dict(_named_tensors(_TensorUnpickler(archive, folder).load(), ""))


def _named_tensors(module: Any, prefix: str) -> list[tuple[str, Tensor]]:
    found: list[tuple[str, Tensor]] = []
    for name, value in vars(module).items():
        if isinstance(value, Tensor):
            found.append((prefix + name, value.float() if value.is_floating_point() else value))
        elif isinstance(value, _Scripted):
            found += _named_tensors(value, f"{prefix}{name}.")
    return found
