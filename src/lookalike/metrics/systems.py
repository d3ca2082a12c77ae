"""The systems of a run, which its figures are of: its models, and their ensemble."""

from collections.abc import Mapping
from typing import Any

ENSEMBLE = "ensemble"


def best_first(metrics: Mapping[str, Any]) -> list[str]:
    """Return the systems of a metrics.json, best first; those of an unlabelled dataset have no points."""
    scores = metrics["systems"]
    names = scores or metrics["queries"]["missed"]
    return sorted(names, key=lambda name: (-scores[name]["points"] if scores else 0, name))


def cut_note(metrics: Mapping[str, Any]) -> str:
    """Return a sentence on where answers end and what measures could be at most; empty where they hold the gallery."""
    cut = metrics.get("cut")
    if not cut:
        return ""
    ends = sorted({f"{cut['depth'][name]} of {gallery}" for name, gallery in cut["gallery"].items()})
    most = [f"{s} {name} {value:.3f}" for s, values in cut["at_most"].items() for name, value in values.items()]
    hidden = f", and what stands further down counts as never found; at most {', '.join(most)}" if most else ""
    return f"Answers end after {' or '.join(ends)} gallery images{hidden}"
