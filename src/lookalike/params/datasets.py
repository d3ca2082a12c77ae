"""The recipe of one dataset, as params.yaml gives it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from lookalike.params.base import Options, PathInside


class DatasetOptions(Options):
    """What cannot be seen in the folder `data/raw/<name>` itself."""

    crop: bool = Field(description="find, align and crop faces; false for animals, fish, garments and objects")
    labels: Literal["csv", "json", "prefix", "none"] = Field(
        description="source of test labels: a CSV, a query-to-gallery JSON, the file-name prefix, or none"
    )
    # Without a default: DVC fails where dvc.yaml names a key that params.yaml leaves out.
    precision_k: int = Field(
        ge=0, description="also score precision among the first k answers, as precision_at_<k>; 0 for none"
    )
    labels_file: PathInside = Field(default="", description="the CSV or JSON file, relative to the dataset's folder")
    real_pattern: str = Field(default="", description="glob of the names of real training images; '' for none")
    synthetic_pattern: str = Field(
        default="", description="glob of the names of synthetic training images; '' for none"
    )

    partial: Literal["refuse", "accept"] = Field(
        default="refuse",
        description="images that give pixels though part of their data is missing, such as a PNG whose end is zeros: "
        "set aside with the status `partial`, or taken as they are and counted",
    )

    @model_validator(mode="after")
    def _file_where_one_is_read(self) -> Self:
        if (self.labels in ("csv", "json")) != bool(self.labels_file):
            wanted = "needs labels_file" if self.labels in ("csv", "json") else "reads no labels_file; leave it ''"
            raise ValueError(f"labels: {self.labels} {wanted}")
        return self
