"""What the score stage reads from params.yaml."""

from pydantic import Field

from lookalike.params.base import Options


class ScoreOptions(Options):
    """The `score` block."""

    bootstrap: int = Field(default=2000, ge=100, description="resamples over queries behind each 95 % interval")
    cmc_depth: int = Field(default=50, ge=1, description="last rank of the CMC curve")
    histogram_bins: int = Field(default=40, ge=2, description="bins of the histogram of first-answer scores")
    groupname: str = Field(default="lookalike", min_length=1, description="who submits")
    submission_depth: int = Field(default=10, ge=1, description="gallery images submitted for each query")
    cutoff_drop: float = Field(
        default=0.0, ge=0.0, description="cut a submitted list where the score drops by more than this; 0 never cuts"
    )
    false_accept_rate: float = Field(
        default=0.0,
        ge=0.0,
        lt=1.0,
        description="share of the persons outside the gallery who may get an answer all the same; 0 never refuses one",
    )
