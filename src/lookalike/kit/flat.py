"""Nested mappings as dotted names."""

from collections.abc import Iterator, Mapping
from typing import Any


def flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted name, value) of every leaf, in order; a list is one value, and so is an empty mapping."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from flat(inner, f"{prefix}.{name}".strip("."))
    else:
        yield prefix, value
