"""What the tune and fuse stages read from params.yaml."""

from typing import Literal

from pydantic import Field

from lookalike.params.base import Options

Rule = Literal[
    "joint",
    "weighted_sum",
    "concatenation",
    "reciprocal_rank",
    "borda",
    "candidate_sum_50",
    "candidate_sum_10",
    "accuracy_mean",
    "inverse_error_mean",
    "confidence_max",
    "pca_mean",
]
Normalise = Literal["none", "zscore", "minmax", "rank", "softmax", "platt", "isotonic"]
Weights = Literal["grid", "equal", "logistic", "bradley_terry", "greedy"]


class FusionOptions(Options):
    """The `fusion` block: how the ensemble is tuned and put together."""

    tune: bool = Field(
        default=True, description="choose retrieval options and weights on validation identities; false: as given"
    )
    weights: Weights = Field(default="grid", description="how the models' weights are found")
    grid: int = Field(default=5, ge=1, le=20, description="steps of the weight grid between 0 and 1")
    normalise: Normalise = Field(default="none", description="common scale of scores before weighted_sum adds them")
    budget: int = Field(default=8, ge=0, description="retrieval recipes tried at most, weights not counted")
    repeats: int = Field(default=4, ge=1, le=8, description="how often validation identities are halved anew")
    caution: float = Field(
        default=0.0, ge=0, description="standard errors by which a change must win before it is kept"
    )
