"""Where pretrained weights come from: `weights.<name>` in params.yaml."""

from pydantic import Field

from lookalike.params.base import Options


class WeightsOptions(Options):
    """Where pretrained weights come from; nothing is used before its digest has been checked."""

    source: str = Field(
        pattern=r"^(package|https|file):.+",
        description="package:<distribution>/<path inside>, https://… or file:<path>",
    )
    sha256: str = Field(
        pattern=r"^([0-9a-f]{64})?$", description="digest of the file; empty where its publisher names none"
    )
