"""The base of every typed block of params.yaml."""

import os
import typing
from pathlib import PurePosixPath
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict

from lookalike.kit.errors import LookalikeError
from lookalike.kit.names import checked_name, nearest

# Read by pydantic when its first class is declared, which is the one below. By default it looks for plugins in the
# metadata of every installed package, which takes longer than all that a command declares.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


Block = TypeVar("Block")


def path_inside(text: str) -> str:
    """Return a path that cannot lead out of the folder that it is looked up in.

    Raises:
        ValueError: it can.
    """
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text or not text.isprintable():
        raise ValueError("a path below its folder: not absolute, and without '..'")
    return text


Name = Annotated[str, AfterValidator(checked_name)]
# What is looked up below a folder.
PathInside = Annotated[str, AfterValidator(path_inside)]


class Recipes(dict[str, Block]):
    """Blocks by the name that a recipe has."""

    def __missing__(self, name: str) -> Block:
        near = nearest(name, self)
        advice = f"did you mean {near}?" if near else f"known: {', '.join(sorted(self))}"
        raise LookalikeError(f"params.yaml has no recipe {name!a}; {advice}")


class Options(BaseModel):
    """A frozen block of params: unknown keys are errors, values never change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def block_of(annotation: Any) -> type[Options] | None:
    """Return the block that a field holds: itself, a dictionary's value, or one side of an optional; else None."""
    candidates = (annotation, *typing.get_args(annotation))
    return next((part for part in candidates if isinstance(part, type) and issubclass(part, Options)), None)
