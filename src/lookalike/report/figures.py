"""The charts of the page with their captions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lookalike.report.charts import COLOURS, Series, histogram, line_chart, percent
from lookalike.report.curves import Histogram

# Columns of a training history that count steps, best first; what they count is the horizontal axis.
CLOCKS = ("epoch", "step")


@dataclass(frozen=True)
class Figure:
    """A chart, its caption and, where lines need names, the legend as (name, colour index)."""

    caption: str
    chart: Markup
    legend: tuple[tuple[str, int], ...] = ()


def cmc_figure(curves: Mapping[str, Series]) -> Figure | None:
    """Return the CMC curves of all systems; None where nothing was scored."""
    series = list(curves.values())
    if not series:
        return None
    title = f"CMC curves of {', '.join(line.name for line in series)}"
    chart = line_chart(title, series, "rank", percent)
    legend = tuple((line.name, index % COLOURS) for index, line in enumerate(series))
    return Figure("Share of queries with a right image at this rank or before", chart, legend)


def score_figures(histograms: Mapping[str, Histogram]) -> list[Figure]:
    """Return a histogram of first-answer scores for every system that has scores."""
    return [
        Figure(
            f"{name}: {int(h.right.sum())} right and {int(h.wrong.sum())} wrong first answers",
            histogram(f"Scores of first answers of {name}", h.centre, h.right, h.wrong, "score"),
        )
        for name, h in histograms.items()
        if len(h.centre)
    ]


def training_figures(training: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Figure]:
    """Return one chart for every figure that a model's training recorded."""
    return [
        Figure(f"{model}: {name}", line_chart(f"{name} of {model} during training", [Series(name, x, y)], clock))
        for model, columns in training.items()
        for clock, x in [_clock(columns)]
        for name, y in columns.items()
        if name not in CLOCKS
    ]


def _clock(columns: Mapping[str, Sequence[float]]) -> tuple[str, Sequence[float]]:
    for name in CLOCKS:
        if name in columns:
            return name, columns[name]
    longest = max((len(values) for values in columns.values()), default=0)
    return "row", list(range(1, longest + 1))
