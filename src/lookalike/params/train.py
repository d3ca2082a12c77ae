"""The knobs of training: `models.<name>.train` in params.yaml."""

from typing import Literal, Self

from pydantic import Field, model_validator

from lookalike.params.base import Options

LossName = Literal["ce", "arcface", "cosface", "subcenter", "proxy_anchor", "supcon", "triplet"]
# Losses of single images; a pair of mixtures is neither of one identity nor of two.
OF_SINGLE_IMAGES = ("ce", "arcface", "cosface", "subcenter")


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


class AddedOptions(Options):
    """Losses added to the main one, each times its weight; 0 for none."""

    ce: float = Field(default=0.0, ge=0, description="weight of cross-entropy over a linear classifier")
    unit_ce: float = Field(default=0.0, ge=0, description="weight of the same on embeddings of length 1")
    triplet: float = Field(default=0.0, ge=0, description="weight of the triplet loss on each batch's hardest pairs")
    center: float = Field(default=0.0, ge=0, description="weight of the distance to the identity's centre")


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
    added: AddedOptions = Field(default=AddedOptions(), description="further losses")
    mixup: float = Field(default=0.0, ge=0, le=1, description="share of the batches that mix their images in pairs")
    mixup_alpha: float = Field(default=0.2, gt=0, description="both parameters of the Beta distribution of the mixture")
    epochs: int = Field(default=5, ge=1, description="passes over the fitting images, at most")
    head_epochs: int = Field(
        default=0,
        ge=0,
        description="further epochs of head and loss alone, at a tenth of their rate; the backbone rests",
    )
    patience: int = Field(default=5, ge=1, description="stop after so many epochs without a better validation score")
    identities: int = Field(default=8, ge=2, description="P: identities in a batch")
    images: int = Field(default=4, ge=2, description="K: images of each, half real and half synthetic where known")
    lr_backbone: float = Field(default=1e-5, ge=0, description="peak learning rate of the backbone's stages")
    lr_head: float = Field(default=1e-4, gt=0, description="peak learning rate of the head and of the loss's classes")
    weight_decay: float = Field(default=1e-4, ge=0, description="AdamW's decoupled weight decay")
    warmup: float = Field(default=0.1, ge=0, lt=1, description="share of the steps over which the rates rise")
    clip: float = Field(default=1.0, gt=0, description="largest norm of a step's gradient")
    last_stages: int = Field(default=4, ge=0, description="how many of the backbone's stages learn; 0 is all")
    frozen_end: int = Field(
        default=0, ge=0, description="how many of those, at the end, stay as published all the same (CLIP's projection)"
    )
    accumulate: int = Field(
        default=1, ge=1, description="parts that the learning stages take a batch in, to save memory; the loss sees all"
    )
    checkpoint_gradients: bool = Field(
        default=False, description="save memory: compute each stage's activations again instead of keeping them"
    )
    bf16: Literal["cuda", "always", "never"] = Field(
        default="cuda", description="where the learning stages multiply in bf16"
    )
    cached_views: int = Field(
        default=0, ge=0, description="augmented views an image whose frozen-stage output is kept on disk; 0 caches none"
    )
    cross_fit: bool = Field(
        default=True,
        description="every part of the identities validates in turn, then all teach; false: the first part never does",
    )
    blend: bool = Field(
        default=False, description="let validation choose a point between the published and the trained weights"
    )
    augment: AugmentOptions = Field(default=AugmentOptions(), description="random changes to the crops")

    @model_validator(mode="after")
    def _leaves_stages_to_learn(self) -> Self:
        if self.last_stages and self.frozen_end >= self.last_stages:
            raise ValueError("frozen_end leaves none of the last_stages to learn")
        return self

    @model_validator(mode="after")
    def _mixes_what_can_be_mixed(self) -> Self:
        if self.mixup and self.loss not in OF_SINGLE_IMAGES:
            raise ValueError(f"mixup needs a loss of single images ({', '.join(OF_SINGLE_IMAGES)}), not {self.loss}")
        return self
