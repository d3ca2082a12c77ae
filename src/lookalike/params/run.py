"""What this run does: `run` in params.yaml."""

from typing import Literal

from pydantic import Field

from lookalike.params.base import Name, Options
from lookalike.params.fusion import Rule


class RunOptions(Options):
    """What this run does: the only block most people edit."""

    dataset: Name = Field(description="name of a block under datasets; its images are in data/raw/<name>")
    models: list[Name] = Field(min_length=1, description="names of blocks under models")
    fusion: Rule = Field(description="the rule that makes one ranking of several models")
    device: Literal["auto", "cpu", "cuda"] = Field(description="auto takes CUDA when it is there")
    seed: int = Field(ge=0, description="seed of training and of the bootstrap")
