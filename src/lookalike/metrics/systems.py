"""The systems of a run, which its figures are of: its models, and their ensemble."""

from collections.abc import Mapping
from typing import Any

ENSEMBLE = "ensemble"


def best_first(metrics: Mapping[str, Any]) -> list[str]:
    """Return the systems of a metrics.json, best first; those of an unlabelled dataset have no points."""
    scores = metrics["systems"]
    names = scores or metrics["queries"]["missed"]
    return sorted(names, key=lambda name: (-scores[name]["points"] if scores else 0, name))
