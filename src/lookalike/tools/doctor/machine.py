"""What this machine runs on."""

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import torch

from lookalike.kit.tables import Table, columns
from lookalike.kit.workers import worker_count

PACKAGES = ("lookalike", "torch", "openvino", "dvc")


@dataclass(frozen=True)
class Machine:
    """Versions and devices.

    Attributes:
        versions: package -> version, None where it is not installed.
        device: what `run.device: auto` takes.
        threads: threads of one operation in torch.
        workers: threads that work side by side (LOOKALIKE_WORKERS).
    """

    versions: dict[str, str | None]
    device: str
    threads: int
    workers: int

    @classmethod
    def look(cls) -> "Machine":
        """Look at the machine."""
        versions = {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}
        device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
        return cls(versions, device, torch.get_num_threads(), worker_count())

    def faults(self) -> list[str]:
        """Return what keeps a run from starting."""
        missing = [name for name, found in self.versions.items() if found is None]
        return [f"{name} is not installed; run `make setup`" for name in missing]

    def table(self) -> Table:
        """Return the figures as a table."""
        rows = [(name, found or "not installed") for name, found in self.versions.items()]
        rows += [("device", self.device), ("threads", f"{self.threads} in torch, {self.workers} workers")]
        return Table("Machine", columns("what", "found"), rows)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
