"""Which training identities are held out: `validation` in params.yaml."""

from pydantic import Field

from lookalike.params.base import Options


class ValidationOptions(Options):
    """The held-out identities: never fitted on, always the same for every model."""

    fraction: float = Field(gt=0, lt=1, description="share of the training identities that is held out")
    seed: int = Field(ge=0, description="changes which identities are held out")
