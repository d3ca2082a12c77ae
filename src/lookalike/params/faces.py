"""How faces are found: `faces` in params.yaml."""

from pydantic import Field

from lookalike.params.base import Options


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
        description="least probability of a face tried where faces usually are, near the middle; 1 never tries",
    )
    jitter: float = Field(
        default=0.06,
        ge=0,
        le=0.3,
        description="shift of the boxes whose landmarks are averaged, as a share of the box; 0 takes a single one",
    )
