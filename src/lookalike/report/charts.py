"""Charts as inline SVG: pure functions from numbers to markup. Colours come from the page's style sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from lookalike.report.scale import Scale

WIDTH, HEIGHT = 460, 280
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 46
# How many colours the style sheet defines as .series-0, .series-1, …; beyond them the dashes tell lines apart.
COLOURS = 8

Format = Callable[[float], str]


@dataclass(frozen=True)
class Series:
    """One line: a name and the points it goes through."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def percent(value: float) -> str:
    """Format a share between 0 and 1."""
    return f"{100 * value:.4g} %"


def plain(value: float) -> str:
    """Format a number without noise digits."""
    return f"{value:.4g}"


def line_chart(title: str, series: Sequence[Series], x_label: str, y_format: Format = plain) -> Markup:
    """Draw lines over shared axes.

    Args:
        title: what the picture shows, for a person who cannot see it.
        series: at least one line; points that are not finite are left out.
        x_label: name of the horizontal axis.
        y_format: how the ticks of the vertical axis are written; what it shows is for the caption to say.
    """
    x = Scale.over([v for line in series for v in line.x], LEFT, WIDTH - RIGHT)
    y = _roomy(Scale.over([v for line in series for v in line.y], HEIGHT - BOTTOM, TOP))
    body = [_axes(x, y, x_label, y_format), *(_line(i, line, x, y) for i, line in enumerate(series))]
    return _svg(title, body)


def scatter(title: str, dots: Series, x_label: str, best: Series | None = None, x_format: Format = plain) -> Markup:
    """Draw dots, and a line over them.

    Args:
        title: what the picture shows, for a person who cannot see it.
        dots: at least one.
        x_label: name of the horizontal axis.
        best: the line; None for no line.
        x_format: how the ticks of the horizontal axis are written.
    """
    x = _roomy(Scale.over(dots.x, LEFT, WIDTH - RIGHT))
    y = _roomy(Scale.over(dots.y, HEIGHT - BOTTOM, TOP))
    marks = [_dot(x(a), y(b)) for a, b in zip(dots.x, dots.y, strict=True)]
    lines = [_line(1, best, x, y)] if best else []
    return _svg(title, [_axes(x, y, x_label, plain, x_format), *lines, *marks])


def histogram(title: str, centre: np.ndarray, right: np.ndarray, wrong: np.ndarray, x_label: str) -> Markup:
    """Draw how the scores of right and of wrong answers spread, each as shares of its own total.

    Args:
        title: what the picture shows, for a person who cannot see it.
        centre: (bins,) middles of bins of one width, increasing.
        right: (bins,) right answers in each.
        wrong: (bins,) wrong answers in each.
        x_label: name of the horizontal axis.
    """
    half = (centre[-1] - centre[0]) / max(len(centre) - 1, 1) / 2 or 0.5
    edges = np.append(centre - half, centre[-1] + half)
    x = Scale(float(edges[0]), float(edges[-1]), LEFT, WIDTH - RIGHT)
    shares = {name: count / max(count.sum(), 1) for name, count in (("wrong", wrong), ("right", right))}
    peak = max(float(share.max()) for share in shares.values())
    y = Scale(0.0, max(peak, 0.01) * 1.05, HEIGHT - BOTTOM, TOP)
    areas = [_steps(name, edges, share, x, y) for name, share in shares.items()]
    return _svg(title, [_axes(x, y, x_label, percent), *areas])


def _steps(name: str, edges: np.ndarray, share: np.ndarray, x: Scale, y: Scale) -> Markup:
    corners = [f"{x(a)},{y(s)} {x(b)},{y(s)}" for a, b, s in zip(edges[:-1], edges[1:], share, strict=True)]
    base = y(0.0)
    points = f"{x(edges[0])},{base} {' '.join(corners)} {x(edges[-1])},{base}"
    return Markup('<polygon class="bars {}" points="{}"/>').format(name, points)


def _dot(x: float, y: float) -> Markup:
    # A line of no length with round ends.
    return Markup('<path class="line series-0" style="stroke-width:7;stroke-linecap:round" d="M{} {}h0"/>').format(x, y)


def _line(index: int, line: Series, x: Scale, y: Scale) -> Markup:
    pairs = [(a, b) for a, b in zip(line.x, line.y, strict=True) if np.isfinite(a) and np.isfinite(b)]
    points = " ".join(f"{x(a)},{y(b)}" for a, b in pairs)
    dash = Markup(' stroke-dasharray="{}"').format("6 4") if index % 2 else ""
    return Markup('<polyline class="line series-{}"{} points="{}"><title>{}</title></polyline>').format(
        index % COLOURS, dash, points, line.name
    )


def _roomy(scale: Scale) -> Scale:
    """Return the scale with a little air, so that no line runs along the frame."""
    air = 0.05 * (scale.high - scale.low)
    return Scale(scale.low - air, scale.high + air, scale.start, scale.end)


def _axes(x: Scale, y: Scale, x_label: str, y_format: Format, x_format: Format = plain) -> Markup:
    row = Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick end" x="{}" y="{}">{}</text>')
    column = Markup('<text class="tick mid" x="{}" y="{}">{}</text>')
    rows = [row.format(LEFT, WIDTH - RIGHT, y(v), y(v), LEFT - 8, y(v) + 4, y_format(v)) for v in y.ticks(5)]
    columns = [column.format(x(v), HEIGHT - BOTTOM + 18, x_format(v)) for v in x.ticks(6)]
    label = Markup('<text class="axis mid" x="{}" y="{}">{}</text>').format(
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x_label
    )
    return Markup("").join([*rows, *columns, label])


def _svg(title: str, body: Sequence[Markup]) -> Markup:
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, title)
    return head + Markup("").join(body) + Markup("</svg>")
