"""Checkpoints of a training run, so that a killed run goes on after its last whole epoch."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import torch

from lookalike.kit.digests import BLANK, add_digest, set_aside
from lookalike.kit.files import atomic_path


def fingerprint(*parts: str) -> str:
    """Return a short name for everything a run depends on."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


class Checkpoints:
    """A scratch folder named after everything the run depends on, outside every declared output."""

    def __init__(self, root: Path, fingerprint: str) -> None:
        """Use `root/<fingerprint>`; other inputs give another fingerprint, so no run resumes another's checkpoint."""
        self.folder = root / fingerprint
        self.folder.mkdir(parents=True, exist_ok=True)
        self._last, self._before = self.folder / "epoch.pt", self.folder / "before.pt"

    def part(self, name: str) -> "Checkpoints":
        """Return those of a part of the run."""
        return Checkpoints(self.folder, name)

    def load(self) -> dict[str, Any] | None:
        """Return the last state that is whole, or None at a fresh start; a damaged file is named and set aside."""
        for path in (self._last, self._before):
            if path.exists() and not set_aside(path):
                return torch.load(path, map_location="cpu", weights_only=True)
        return None

    def save(self, state: dict[str, Any]) -> None:
        """Keep a state of tensors and plain values, and the one before it: a kill leaves one of them whole."""
        with atomic_path(self._last) as temporary:
            _write(temporary, state)
            if self._last.exists():
                self._last.replace(self._before)

    def keep(self, name: str, state: Mapping[str, torch.Tensor]) -> None:
        """Keep tensors under a name."""
        with atomic_path(self._file(name)) as temporary:
            _write(temporary, dict(state))

    def has_kept(self, name: str) -> bool:
        """Whether tensors are kept under a name; a damaged file is named and set aside."""
        return self._file(name).exists() and not set_aside(self._file(name))

    def kept(self, name: str) -> dict[str, torch.Tensor] | None:
        """Return the tensors kept under a name, in main memory; None where they are damaged or there are none."""
        if not self.has_kept(name):
            return None
        state: dict[str, torch.Tensor] = torch.load(self._file(name), map_location="cpu", weights_only=True)
        return state

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.pt"

    def clear(self) -> None:
        """Remove the folder, once the outputs are in place."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _write(path: Path, state: dict[str, Any]) -> None:
    with path.open("wb") as stream:
        _save(state, stream)
        stream.write(BLANK.encode())
    add_digest(path)


def _save(state: dict[str, Any], stream: IO[bytes]) -> None:
    """Save through a stream of our own, whose errors say what is wrong with the disk; torch hides them."""
    try:
        torch.save(state, stream)
    except RuntimeError as error:
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise
