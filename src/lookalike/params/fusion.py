"""What the tune stage reads from params.yaml."""

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from lookalike.params.base import Options

Rule = Literal[
    "joint",
    "weighted_sum",
    "reciprocal_rank",
    "borda",
    "candidate_sum_50",
    "candidate_sum_10",
    "concatenation",
    "accuracy_mean",
    "inverse_error_mean",
    "confidence_max",
    "pca_mean",
]
RULES: tuple[str, ...] = get_args(Rule)
# These follow the retrieval options and weights that are tuned. The others are the study's, on plain cosines, exactly
# as published: rows to be compared with.
TUNED_RULES = ("joint", "weighted_sum", "reciprocal_rank", "borda")
# The one rule that adds scores of different models, which can need a common scale.
SCALED_RULE = "weighted_sum"
Normalise = Literal["none", "zscore", "minmax", "rank", "softmax", "platt", "isotonic"]
Weights = Literal["grid", "equal", "logistic", "bradley_terry", "greedy"]
# What only tuning reads.
OF_TUNING = ("weights", "grid", "budget", "caution")


class FusionOptions(Options):
    """The `fusion` block: how the ensemble is tuned and put together."""

    tune: bool = Field(
        default=True, description="choose retrieval options and weights on validation identities; false: as given"
    )
    weights: Weights = Field(default="grid", description="how the models' weights are found")
    grid: int = Field(default=5, ge=1, le=20, description="steps of the weight grid between 0 and 1")
    normalise: Normalise = Field(default="none", description="common scale of scores before weighted_sum adds them")
    budget: int = Field(default=8, ge=0, description="retrieval options tried at most, weights not counted")
    repeats: int = Field(default=8, ge=1, le=8, description="how often validation identities are halved anew")
    caution: float = Field(
        default=0.0, ge=0, description="standard errors by which a candidate must win before it is kept"
    )

    @model_validator(mode="after")
    def _set_where_it_is_read(self) -> Self:
        if not self.tune and (idle := self.set_for_tuning()):
            raise ValueError(f"{idle[0]} does nothing under tune: false; leave it at its default")
        return self

    def set_for_tuning(self) -> list[str]:
        """Return which of the keys that only tuning reads are not at their defaults."""
        return [key for key in OF_TUNING if getattr(self, key) != FusionOptions.model_fields[key].default]

    def idle_under(self, rule: str) -> list[str]:
        """Return the keys that are not at their defaults and that the rule never looks at."""
        scale = ["normalise"] if self.normalise != "none" and rule != SCALED_RULE else []
        return scale + ([] if rule in TUNED_RULES else self.set_for_tuning())
