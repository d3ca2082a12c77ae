"""How images are cut for a model: `models.<name>.crop` in params.yaml."""

from typing import Literal, Self

from pydantic import Field, model_validator

from lookalike.params.base import Options

Template = Literal["arcface", "dlib", "box", "margin", "whole", "squash"]
Resampling = Literal["area", "bilinear", "bicubic"]
# Templates that look for no face.
WHOLE: tuple[Template, ...] = ("whole", "squash")


class CropOptions(Options):
    """The square chip a backbone is shown."""

    template: Template = Field(
        description="arcface and dlib: five points aligned; box and margin: upright square; whole: the image's "
        "central square; squash: all of the image, its sides made equal"
    )
    size: int = Field(ge=16, le=1024, description="side of the chip in pixels")
    margin: float = Field(
        default=0.0, gt=-0.5, le=4, description="room added on every side, as a share of the template's own frame"
    )

    resampling: Resampling = Field(
        default="area",
        description="area: averaged down, then bilinear; bilinear, bicubic: as torchvision, for whole and squash",
        # What is noted of embeddings, and names their cache, is as it was before there was a choice.
        exclude_if=lambda value: value == "area",
    )

    @model_validator(mode="after")
    def _resizes_what_is_there(self) -> Self:
        if self.resampling != "area" and (self.template not in WHOLE or self.margin > 0):
            raise ValueError(f"resampling {self.resampling} is for whole and squash without room around them")
        return self

    def as_whole(self) -> Self:
        """Return the same chip for a dataset without faces: the whole image; a margin around a face means nothing."""
        if self.template in WHOLE:
            return self
        return self.model_copy(update={"template": "whole", "margin": 0.0})
