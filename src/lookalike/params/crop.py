"""How images are cut for a model: `models.<name>.crop` in params.yaml."""

from typing import Literal, Self

from pydantic import Field

from lookalike.params.base import Options

Template = Literal["arcface", "dlib", "box", "margin", "whole"]


class CropOptions(Options):
    """The square chip a backbone is shown."""

    template: Template = Field(
        description="arcface and dlib: five points aligned; box and margin: upright square; whole: the entire image"
    )
    size: int = Field(ge=16, le=1024, description="side of the chip in pixels")
    margin: float = Field(
        default=0.0, gt=-0.5, le=4, description="room added on every side, as a share of the template's own frame"
    )

    def as_whole(self) -> Self:
        """Return the same chip for a dataset without faces: the whole image; a margin around a face means nothing."""
        if self.template == "whole":
            return self
        return self.model_copy(update={"template": "whole", "margin": 0.0})
