import re
from xml.etree import ElementTree

import numpy as np
import pytest

from lookalike.report.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Series, histogram, line_chart, percent
from lookalike.report.scale import Scale


def points(svg: str, tag: str) -> list[list[tuple[float, float]]]:
    nodes = ElementTree.fromstring(svg).iter(tag)
    return [[tuple(map(float, pair.split(","))) for pair in node.attrib["points"].split()] for node in nodes]


def test_a_scale_maps_its_ends_and_middle() -> None:
    scale = Scale(10, 20, 100, 300)
    assert [scale(10), scale(15), scale(20)] == [100, 200, 300]
    assert Scale(0, 1, 200, 0)(0.25) == 150


@pytest.mark.parametrize(
    ("low", "high", "count", "ticks"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (1, 50, 6, [10, 20, 30, 40, 50]),
        (-1, 1, 4, [-1, -0.5, 0, 0.5, 1]),
        (0, 0.001, 4, [0, 0.00025, 0.0005, 0.00075, 0.001]),
    ],
)
def test_ticks_are_round_and_inside(low: float, high: float, count: int, ticks: list[float]) -> None:
    assert Scale(low, high, 0, 1).ticks(count) == pytest.approx(ticks)


def test_a_scale_over_one_value_or_none_still_has_a_width() -> None:
    assert Scale.over([3.0, 3.0], 0, 100)(3.0) == 50
    assert Scale.over([float("nan")], 0, 100)(0.5) == 50


def test_a_line_runs_from_left_to_right_and_up() -> None:
    [line] = points(line_chart("t", [Series("a", [1, 2, 3], [0.0, 0.5, 1.0])], "rank"), "polyline")
    (x1, y1), (x2, y2), (x3, y3) = line
    assert (x1, x3) == (LEFT, WIDTH - RIGHT)
    assert x2 == pytest.approx((x1 + x3) / 2)
    assert y2 == pytest.approx((y1 + y3) / 2)
    assert HEIGHT - BOTTOM > y1 > y2 > y3 > TOP


def test_points_that_are_not_finite_are_left_out() -> None:
    [line] = points(line_chart("t", [Series("a", [1, 2, 3], [0.0, float("nan"), 1.0])], "epoch"), "polyline")
    assert len(line) == 2


def test_bars_are_shares_of_their_own_total() -> None:
    svg = histogram("t", np.array([0.25, 0.75]), np.array([1, 3]), np.array([5, 5]), "score")
    wrong, right = points(svg, "polygon")
    base = HEIGHT - BOTTOM
    heights = {name: [base - p[1] for p in (polygon[1], polygon[3])] for name, polygon in (("w", wrong), ("r", right))}
    assert heights["w"][0] == pytest.approx(heights["w"][1])
    assert heights["r"][1] == pytest.approx(3 * heights["r"][0], abs=0.05)
    assert heights["r"][1] == pytest.approx(1.5 * heights["w"][0], abs=0.05)
    assert [right[0][0], right[-1][0]] == [LEFT, WIDTH - RIGHT]


def test_names_are_escaped() -> None:
    hostile = "<img src=x onerror=alert(1)> \" '"
    svg = line_chart(hostile, [Series(hostile, [1, 2], [1, 2])], hostile)
    assert "<img" not in svg
    assert ElementTree.fromstring(svg).attrib["aria-label"] == hostile


def test_lines_beyond_the_palette_reuse_its_colours() -> None:
    svg = line_chart("t", [Series(str(i), [0, 1], [i, i]) for i in range(10)], "x", percent)
    assert [int(c) for c in re.findall(r'class="line series-(\d)"', svg)] == [*range(8), 0, 1]
