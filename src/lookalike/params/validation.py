"""How the training identities are dealt into parts: `validation` in params.yaml."""

from pydantic import Field

from lookalike.params.base import Options


class ValidationOptions(Options):
    """The parts of the training identities, the same for every model; each judges what was fitted without it."""

    folds: int = Field(ge=2, description="into how many parts the training identities are dealt")
    seed: int = Field(ge=0, description="changes who is in which part")
