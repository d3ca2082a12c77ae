"""The base of every typed block of params.yaml."""

import os
import typing
from typing import Any

from pydantic import BaseModel, ConfigDict

# Read by pydantic when its first class is declared, which is the one below. By default it looks for plugins in the
# metadata of every installed package, which takes longer than all that a command declares.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


class Options(BaseModel):
    """A frozen block of params: unknown keys are errors, values never change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def block_of(annotation: Any) -> type[Options] | None:
    """Return the block that a field holds: itself, a dictionary's value, or one side of an optional; else None."""
    candidates = (annotation, *typing.get_args(annotation))
    return next((part for part in candidates if isinstance(part, type) and issubclass(part, Options)), None)
