"""How faces are found (`faces` in params.yaml) and how images are cut for a model (`models.<name>.crop`)."""

from typing import Literal, Self

from pydantic import Field

from lookalike.options import Options

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


class FaceOptions(Options):
    """The `faces` block: how the detectors search."""

    side: int = Field(ge=64, le=2048, description="longer side that larger images are shrunk to before the search, px")
    border: float = Field(ge=0, le=2, description="black room around the image, as a share of its longer side")
    min_face: float = Field(ge=12, description="side of the smallest face searched for first, px of the shrunk image")
    fine_min_face: float = Field(
        ge=12, description="the same for a sharper search of images that were shrunk and showed no face"
    )
    pnet: float = Field(gt=0, lt=1, description="least probability after MTCNN's first network")
    rnet: float = Field(gt=0, lt=1, description="least probability after its second")
    onet: float = Field(gt=0, lt=1, description="least probability after its third")
    yunet: float = Field(
        default=0.3, gt=0, le=1, description="least score of YuNet, asked where MTCNN found none; 1 never asks it"
    )
    guess: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="least probability of a face looked for in the dataset's usual place; 1 never looks",
    )
    jitter: float = Field(
        default=0.06,
        ge=0,
        le=0.3,
        description="shift of the boxes whose landmarks are averaged, as a share of the box; 0 takes a single one",
    )
