"""data/tuning.json: how a plan was decided, which nobody needs to follow it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lookalike.kit.files import write_json


@dataclass(frozen=True)
class Trial:
    """One thing the tuner tried: what, its points on validation identities, and whether it was kept."""

    step: str
    candidate: str
    points: float
    gain: float
    error: float
    kept: bool


@dataclass(frozen=True)
class Record:
    """What the tuner saw and did.

    Attributes:
        identities: how many validation identities decided.
        tried: every trial in order.
        domains: how the training images' domains were known.
    """

    identities: int
    tried: list[Trial]
    domains: dict[str, Any]

    def write(self, path: Path) -> None:
        """Write the record as JSON, atomically."""
        write_json(path, asdict(self))
