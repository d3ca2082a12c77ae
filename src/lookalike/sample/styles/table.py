"""The styles by name."""

from collections.abc import Callable

import numpy as np

from lookalike.sample.portrait import Portrait
from lookalike.sample.styles.cartoon import cartoon
from lookalike.sample.styles.lowpoly import lowpoly
from lookalike.sample.styles.oil import oil
from lookalike.sample.styles.pencil import pencil
from lookalike.sample.styles.poster import poster
from lookalike.sample.styles.watercolour import watercolour

Style = Callable[[Portrait, np.random.Generator], np.ndarray]

STYLES: dict[str, Style] = {
    "cartoon": cartoon,
    "lowpoly": lowpoly,
    "oil": oil,
    "pencil": pencil,
    "poster": poster,
    "watercolour": watercolour,
}
