"""Where pretrained weights come from: `weights.<name>` in params.yaml."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from lookalike.params.base import Options, path_inside

# Hex digits of a whole SHA-256; torch.hub's convention is to end a file's name in the first eight.
WHOLE = 64


def _inside_the_package(source: str) -> str:
    scheme, _, rest = source.partition(":")
    if scheme == "package":
        distribution, _, inside = rest.partition("/")
        path_inside(inside)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", distribution) or not inside:
            raise ValueError("expected package:<distribution>/<path inside>")
    return source


Source = Annotated[str, Field(pattern=r"^(package|https|file):.+"), AfterValidator(_inside_the_package)]


class WeightsOptions(Options):
    """Where pretrained weights come from; nothing is used before its digest has been checked."""

    source: Source = Field(description="package:<distribution>/<path inside>, https://… or file:<path>")
    mirrors: list[Source] = Field(default=[], description="other places of the same file, asked in turn after source")
    sha256: str = Field(
        pattern=rf"^([0-9a-f]{{8,{WHOLE}}})?$",
        description="digest of the file, or the part of it, 8 digits or more, that its maker puts into the file's name",
    )
    licence: str = Field(default="", description="under which its maker gives the weights away, and to what use")

    @property
    def places(self) -> list[str]:
        """The source and its mirrors, in the order in which they are asked."""
        return [self.source, *self.mirrors]

    @property
    def is_whole(self) -> bool:
        """Whether the whole digest is pinned, not only its beginning."""
        return len(self.sha256) == WHOLE

    @model_validator(mode="after")
    def _no_place_twice(self) -> Self:
        if len(set(self.places)) < len(self.places):
            raise ValueError("mirrors: a place is named twice")
        return self
