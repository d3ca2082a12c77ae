"""A trained model's file: the tensors that training changed, and how to put them back."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import safetensors.numpy
from safetensors import SafetensorError, safe_open

from lookalike.kit.digests import BLANK, add_digest, require_digest
from lookalike.kit.digests import KEY as DIGEST
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import atomic_path, read_json, write_json

if TYPE_CHECKING:
    # A model that stays frozen is written, and every header read, without torch.
    from torch import Tensor, nn

State = dict[str, "Tensor"]
KEY = "lookalike"
PARTS = "parts.json"
# Nothing, because nothing was trained or training was no gain; all but the first part of the training identities; all.
Kept = Literal["frozen", "trained", "refitted"]


@dataclass(frozen=True)
class Training:
    """Where trained tensors come from.

    Attributes:
        model: the recipe's name.
        weights_sha256: digest of the pretrained weights under them.
        kept: what the model was fitted on.
    """

    model: str
    weights_sha256: str
    kept: Kept


def write_trained(path: Path, training: Training, state: Mapping[str, "Tensor"]) -> None:
    """Write the state as safetensors, atomically; the same state gives the same bytes."""
    # One metadata key: the format keeps several in no fixed order.
    header = {KEY: json.dumps(asdict(training) | {DIGEST: BLANK}, sort_keys=True)}
    with atomic_path(path) as temporary:
        temporary.write_bytes(_serialised(state, header) if state else safetensors.numpy.save({}, metadata=header))
        add_digest(temporary)


def _serialised(state: Mapping[str, "Tensor"], header: dict[str, str]) -> bytes:
    from safetensors.torch import save

    return save({name: state[name].contiguous() for name in sorted(state)}, metadata=header)


def write_apart(folder: Path, training: Training, states: Mapping[int, Mapping[str, "Tensor"]]) -> None:
    """Write the models that were fitted without one part of the training identities each, as one folder, atomically.

    Args:
        folder: replaced; beside the models it lists their parts, and so is never empty.
        training: where all of them come from.
        states: part -> tensors.
    """
    with atomic_path(folder) as temporary:
        for part, state in states.items():
            write_trained(_apart(temporary, part), training, state)
        write_json(temporary / PARTS, sorted(states))


def read_apart(folder: Path) -> dict[int, Path]:
    """Return, for each part of the training identities that has one, the file of the model fitted without it.

    Raises:
        LookalikeError: the folder is not one that `write_apart` wrote.
    """
    return {int(part): _apart(folder, part) for part in read_json(folder / PARTS)}


def _apart(folder: Path, part: int) -> Path:
    return folder / f"part{part}.safetensors"


def read_training(path: Path) -> Training:
    """Read where a trained file's tensors come from, and none of the tensors.

    Raises:
        LookalikeError: the file is missing, damaged or not ours.
    """
    with _opened(path, "numpy") as file:
        return _header(file)


def read_trained(path: Path) -> tuple[Training, State]:
    """Read what `write_trained` wrote.

    Raises:
        LookalikeError: the file is missing, damaged or not ours.
    """
    with _opened(path, "pt") as file:
        return _header(file), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


@contextmanager
def _opened(path: Path, framework: str) -> Iterator[Any]:
    try:
        require_digest(path, "delete it and train again")
        with safe_open(path, framework=framework) as file:
            yield file
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; run `dvc repro` to train the model") from None
    except (SafetensorError, KeyError, TypeError) as error:
        raise LookalikeError(
            f"{path}: not a trained model of this project ({error}); delete it and train again"
        ) from error


def _header(file: Any) -> Training:
    facts = json.loads((file.metadata() or {})[KEY])
    return Training(**{name: value for name, value in facts.items() if name != DIGEST})


def part_of(state: State, prefix: str) -> State:
    """Return the tensors under `prefix.`, without it."""
    return {name.removeprefix(f"{prefix}."): value for name, value in state.items() if name.startswith(f"{prefix}.")}


def overlay(module: "nn.Module", state: State, path: Path) -> None:
    """Put trained tensors over pretrained ones.

    Raises:
        LookalikeError: the module lacks a tensor, or has it in another shape.
    """
    own = module.state_dict()
    wrong = sorted(name for name, value in state.items() if name not in own or own[name].shape != value.shape)
    if wrong:
        raise LookalikeError(f"{path}: {len(wrong)} tensors do not fit the recipe, first {wrong[0]}; train again")
    module.load_state_dict(state, strict=False)
