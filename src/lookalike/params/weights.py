"""Where pretrained weights come from: `weights.<name>` in params.yaml."""

import re
from typing import Self

from pydantic import Field, model_validator

from lookalike.params.base import Options, path_inside


class WeightsOptions(Options):
    """Where pretrained weights come from; nothing is used before its digest has been checked."""

    source: str = Field(
        pattern=r"^(package|https|file):.+",
        description="package:<distribution>/<path inside>, https://… or file:<path>",
    )
    sha256: str = Field(
        pattern=r"^([0-9a-f]{64})?$", description="digest of the file; empty where its publisher names none"
    )

    @model_validator(mode="after")
    def _inside_the_package(self) -> Self:
        scheme, _, rest = self.source.partition(":")
        if scheme == "package":
            distribution, _, inside = rest.partition("/")
            path_inside(inside)
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", distribution) or not inside:
                raise ValueError("source: expected package:<distribution>/<path inside>")
        return self
