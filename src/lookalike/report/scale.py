"""A chart's axis: from a range of values to a range of pixels, with round ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

# Steps a reader can count in.
_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """A linear map of [low, high] onto [start, end]; `start` may lie right of or below `end`."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Iterable[float], start: float, end: float) -> "Scale":
        """Return a scale over the range of `values`, widened where that range is empty."""
        known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        low, high = min(known), max(known)
        if low == high:
            low, high = low - 0.5, high + 0.5
        return cls(low, high, start, end)

    def __call__(self, value: float) -> float:
        """Return the pixel of a value, rounded to a hundredth so that a file stays small and stable."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def ticks(self, count: int) -> list[float]:
        """Return about `count` round values inside the scale, in increasing order."""
        raw = (self.high - self.low) / max(count, 1)
        magnitude = 10.0 ** math.floor(math.log10(raw))
        step = next(s for s in _ROUND_STEPS if s * magnitude >= raw * (1 - 1e-9)) * magnitude
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(index * step, 10) for index in range(first, last + 1)]
