"""metrics.json as a table of words."""

from collections.abc import Mapping
from typing import Any

from lookalike.kit.tables import Table, columns
from lookalike.metrics.systems import best_first, cut_note

# Open-set figures shown beside the points: key -> heading.
OPEN_SET = {"dir_at_far_1e-2": "dir@1%", "tar_at_far_1e-3": "tar@.1%"}
FIGURES = ("points", "points_low", "points_high", "top1", "top5", "top10", "map", "mrr")


def scoreboard(metrics: Mapping[str, Any]) -> Table:
    """Return the scored systems of a metrics.json, best first, and how many queries counted."""
    scores, counts = metrics["systems"], metrics["queries"]
    names = best_first(metrics) if scores else []
    figures = [*FIGURES, *asked_for(scores[names[0]])] if names else list(FIGURES)
    opened = metrics.get("open_set", {})
    added = [key for key in OPEN_SET if any(key in values for values in opened.values())]
    rows = [
        (
            name,
            *(_figure(figure, scores[name][figure]) for figure in figures),
            *(_figure(key, opened[name][key]) if key in opened.get(name, {}) else "–" for key in added),
        )
        for name in names
    ]
    note = (
        f"{counts['scored']} queries scored, {counts['unanswerable']} without a match in the gallery, "
        f"{counts['unlabelled']} without a label"
    )
    note = ". ".join(filter(None, (note, cut_note(metrics), trust_note(metrics))))
    headings = [*figures, *(OPEN_SET[key] for key in added)]
    return Table(f"Points on {metrics['dataset']}", columns("system", *(f">{name}" for name in headings)), rows, note)


def trust_note(metrics: Mapping[str, Any]) -> str:
    """Return a sentence on how far the ensemble's probabilities are off; empty where there are none."""
    worth = metrics.get("trust", {})
    if "ece" not in worth:
        return ""
    unknown = f", unknown for {100 * worth['unknown']:.1f} %" if worth["unknown"] else ""
    return f"The ensemble's probabilities are off by {100 * worth['ece']:.1f} % on average{unknown}"


def asked_for(scores: Mapping[str, float]) -> list[str]:
    """Return the names of the figures that a dataset's recipe asks for: precision@k and its interval."""
    return [name for name in scores if name.startswith("precision_at_")]


def unreadable_sides(counts: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each side of the test set of which no image can be read, from catalog.json's counts."""
    return [
        f"none of the {counts['splits'][split]['images']:,} {split} images can be read, so that these points say "
        "nothing; metrics/catalog.json says why"
        for split in ("query", "gallery")
        if counts["splits"][split]["ok"] == 0
    ]


def _figure(name: str, value: float) -> str:
    return f"{value:.1f}" if name.startswith("points") else f"{value:.3f}"
