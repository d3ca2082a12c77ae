"""metrics.json as a table for the terminal."""

from collections.abc import Mapping
from typing import Any

COLUMNS = ("points", "points_low", "points_high", "top1", "top5", "top10", "map", "mrr")


def scoreboard(metrics: Mapping[str, Any]) -> str:
    """Return the systems of a metrics.json as aligned text, best first."""
    systems = sorted(metrics["systems"].items(), key=lambda item: (-item[1]["points"], item[0]))
    width = max([len("system"), *(len(name) for name, _ in systems)])
    header = f"{'system':<{width}}" + "".join(f"{column:>13}" for column in COLUMNS)
    rows = [
        f"{name:<{width}}" + "".join(_cell(column, scores[column]) for column in COLUMNS) for name, scores in systems
    ]
    counts = metrics["queries"]
    footer = (
        f"{metrics['dataset']}: {counts['scored']} queries scored, {counts['unanswerable']} without a match in the "
        f"gallery, {counts['unlabelled']} without a label"
    )
    return "\n".join([header, *rows, footer])


def _cell(column: str, value: float) -> str:
    return f"{value:>13.1f}" if column.startswith("points") else f"{value:>13.3f}"
