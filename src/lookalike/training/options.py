"""The knobs of training: `models.<name>.train` in params.yaml."""

from typing import Literal

from pydantic import Field

from lookalike.options import Options

LossName = Literal["ce", "arcface", "cosface", "subcenter", "proxy_anchor", "supcon", "triplet"]


class AugmentOptions(Options):
    """Random changes to a training crop; every switch is the probability of its change, 0 for never."""

    crop: float = Field(default=0.0, ge=0, le=1, description="resized crop of 70 to 100 % of the area")
    flip: float = Field(default=0.0, ge=0, le=1, description="mirror left and right")
    jitter: float = Field(default=0.0, ge=0, le=1, description="brightness, contrast .4, saturation .2, hue .1")
    affine: float = Field(default=0.0, ge=0, le=1, description="up to 15 degrees, 10 % shift, 0.9 to 1.1 scale")
    erase: float = Field(default=0.0, ge=0, le=1, description="blank one random rectangle")
    gray: float = Field(default=0.0, ge=0, le=1, description="drop the colour")
    posterize: float = Field(default=0.0, ge=0, le=1, description="keep 2 to 4 bits a channel")
    blur: float = Field(default=0.0, ge=0, le=1, description="Gaussian blur, sigma 0.5 to 2 pixels")
    edge: float = Field(default=0.0, ge=0, le=1, description="pencil look: dark edges on white")
    tint: float = Field(default=0.0, ge=0, le=1, description="gain and shift each channel on its own")


class TrainOptions(Options):
    """How a model learns from the training identities."""

    recipe: Literal["frozen", "head", "finetune"] = Field(
        description="frozen: as published; head: on features computed once; finetune: last stages and head"
    )
    loss: LossName = Field(default="arcface", description="what the embeddings are trained with")
    scale: float = Field(
        default=64.0, gt=0, description="scale s of the logits (ArcFace, CosFace, SubCenter, ProxyAnchor)"
    )
    margin: float = Field(default=0.5, ge=0, description="margin of the loss; radians for ArcFace and SubCenter")
    temperature: float = Field(default=0.1, gt=0, description="temperature of supcon")
    epochs: int = Field(default=5, ge=1, description="passes over the fitting images, at most")
    patience: int = Field(default=5, ge=1, description="stop after so many epochs without a better validation score")
    identities: int = Field(default=8, ge=2, description="P: identities in a batch")
    images: int = Field(default=4, ge=2, description="K: images of each, half real and half synthetic where known")
    lr_backbone: float = Field(default=1e-5, ge=0, description="peak learning rate of the backbone's stages")
    lr_head: float = Field(default=1e-4, gt=0, description="peak learning rate of the head and of the loss's classes")
    weight_decay: float = Field(default=1e-4, ge=0, description="AdamW's decoupled weight decay")
    warmup: float = Field(default=0.1, ge=0, lt=1, description="share of the steps over which the rates rise")
    clip: float = Field(default=1.0, gt=0, description="largest norm of a step's gradient")
    last_stages: int = Field(default=4, ge=0, description="how many of the backbone's stages learn; 0 is all")
    cached_views: int = Field(
        default=0, ge=0, description="augmented views an image whose frozen-stage output is kept on disk; 0 caches none"
    )
    augment: AugmentOptions = Field(default=AugmentOptions(), description="random changes to the crops")
