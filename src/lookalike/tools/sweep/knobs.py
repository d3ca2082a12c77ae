"""What a sweep turns: keys of params.yaml, each with the values that it may take."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from lookalike.params.base import Options
from lookalike.params.load import Params, explained, suggestion

Scalar = bool | int | float | str


class Span(Options):
    """A range, both ends included."""

    low: int | float = Field(description="the smallest value")
    high: int | float = Field(description="the largest value")
    log: bool = Field(default=False, description="draw its logarithm evenly, as for rates")


@dataclass(frozen=True)
class Knob:
    """A key of params.yaml and its values: choices, or else a range.

    Attributes:
        key: dotted.
        today: the value in params.yaml, or the key's default.
        choices: as they are written; empty for a range.
        span: the range; None for choices.
    """

    key: str
    today: Scalar
    choices: tuple[Scalar, ...] = ()
    span: Span | None = None

    @classmethod
    def parse(cls, key: str, raw: Any, params: Params) -> "Knob":
        """Read the values that a file gives a key.

        Args:
            key: dotted.
            raw: a list of values, or a mapping of `low`, `high` and perhaps `log`.
            params: of today.

        Raises:
            ValueError: params.yaml has no such key, or it cannot take a set of values like this.
        """
        today = value_at(params, key)
        if not isinstance(today, Scalar):
            raise ValueError("expected the key of one number, word or switch")
        if isinstance(raw, list):
            return cls(key, today, choices=_choices(raw))
        if isinstance(raw, Mapping):
            return cls(key, today, span=_span(dict(raw), today))
        raise ValueError("expected a list of values, or {low: …, high: …}")

    @property
    def whole(self) -> bool:
        """Whether the values of the range are whole numbers."""
        return isinstance(self.today, int)

    @property
    def ends(self) -> tuple[Scalar, ...]:
        """The values that tell whether all are valid: every choice, or both ends."""
        return self.choices if self.span is None else (self.span.low, self.span.high)

    def holds(self, value: Scalar) -> bool:
        """Return whether a value is one that the sweep may try."""
        if self.span is None:
            return value in self.choices
        return not isinstance(value, str) and self.span.low <= value <= self.span.high


def value_at(params: Params, key: str) -> Any:
    """Return what a dotted key stands for, be it written in params.yaml or a default.

    Raises:
        ValueError: there is no such key; it names the nearest.
    """
    value: Any = params
    for part in key.split("."):
        known = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
        if part not in known:
            raise ValueError(f"unknown key{suggestion(part, known)}")
        value = value[part] if isinstance(value, dict) else getattr(value, part)
    return value


def _choices(raw: list[Any]) -> tuple[Scalar, ...]:
    if not all(isinstance(value, Scalar) for value in raw):
        raise ValueError("expected numbers, words or switches as choices")
    # True is 1 and 1.0 is 1 to Python, but not to who reads params.
    if len({(type(value), value) for value in raw}) != len(raw) or len(raw) < 2:
        raise ValueError("expected two choices or more, all different")
    return tuple(raw)


def _span(raw: dict[str, Any], today: Scalar) -> Span:
    try:
        span = Span.model_validate(raw)
    except ValidationError as error:
        raise ValueError("; ".join(explained(error, Span))) from None
    if isinstance(today, bool | str):
        raise ValueError(f"expected a list of choices: its value is {today!r}, which lies in no range")
    if not (math.isfinite(span.low) and math.isfinite(span.high) and span.low < span.high):
        raise ValueError(f"expected low < high, found {span.low} and {span.high}")
    if span.log and span.low <= 0:
        raise ValueError(f"expected low > 0 under log, found {span.low}")
    return span
