"""The base of every typed block of params.yaml."""

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """A frozen block of params: unknown keys are errors, values never change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
