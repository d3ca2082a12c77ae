"""Checkpoints of a training run, so that a killed run goes on after its last whole epoch."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import torch

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

    def load(self) -> dict[str, Any] | None:
        """Return the last state, or None at a fresh start."""
        path = self.folder / "epoch.pt"
        return torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None

    def save(self, state: dict[str, Any]) -> None:
        """Keep a state of tensors and plain values, atomically: a kill leaves the previous one."""
        with atomic_path(self.folder / "epoch.pt") as temporary:
            torch.save(state, temporary)

    def clear(self) -> None:
        """Remove the folder, once the outputs are in place."""
        shutil.rmtree(self.folder, ignore_errors=True)
