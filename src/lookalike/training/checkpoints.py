"""Checkpoints of a training run, so that a killed run goes on after its last whole epoch."""

import hashlib
import shutil
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

    def load(self) -> dict[str, Any] | None:
        """Return the last state that is whole, or None at a fresh start; a damaged file is named and set aside."""
        for path in (self._last, self._before):
            if path.exists() and not set_aside(path):
                return torch.load(path, map_location="cpu", weights_only=True)
        return None

    def save(self, state: dict[str, Any]) -> None:
        """Keep a state of tensors and plain values, and the one before it: a kill leaves one of them whole."""
        with atomic_path(self._last) as temporary:
            with temporary.open("wb") as stream:
                _save(state, stream)
                stream.write(BLANK.encode())
            add_digest(temporary)
            if self._last.exists():
                self._last.replace(self._before)

    def clear(self) -> None:
        """Remove the folder, once the outputs are in place."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _save(state: dict[str, Any], stream: IO[bytes]) -> None:
    """Save through a stream of our own, whose errors say what is wrong with the disk; torch hides them."""
    try:
        torch.save(state, stream)
    except RuntimeError as error:
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise
