"""A default is part of every recipe that does not state the key, and DVC sees only what params.yaml states.

So a default never changes: a new value belongs into params.yaml, where it reruns what reads it. A new option gets a
default that leaves things as they were, and a line in defaults.json.
"""

import json
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lookalike.params.base import Options, block_of
from lookalike.params.load import Params

KEPT = Path(__file__).parent / "defaults.json"


def defaults(options: type[Options], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, default) of every key that may be left out."""
    for name, field in options.model_fields.items():
        key = f"{prefix}.{name}".strip(".")
        if block := block_of(field.annotation):
            yield from defaults(block, f"{key}.<name>" if typing.get_origin(field.annotation) is dict else key)
        elif not field.is_required():
            yield key, field.default


def test_no_default_has_changed() -> None:
    found = dict(defaults(Params, ""))
    assert found == json.loads(KEPT.read_text()), "state the new value in params.yaml; list a new option's default here"


def test_every_recipe_states_every_block() -> None:
    stated = {name for name, field in Params.model_fields.items() if field.is_required()}
    assert stated == Params.model_fields.keys()
