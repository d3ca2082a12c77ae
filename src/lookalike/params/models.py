"""A model's recipe: `models.<name>` in params.yaml, in blocks of what each stage reads."""

from typing import Literal, Self

from pydantic import Field, model_validator

from lookalike.params.base import Name, Options
from lookalike.params.crop import CropOptions
from lookalike.params.train import TrainOptions

Family = Literal["onnx", "onnx_torch", "dlib", "efficientnet_lite", "torchvision", "open_clip", "facenet", "timm"]
Precision = Literal["fp32", "bf16"]
HeadKind = Literal["identity", "linear", "relu", "mlp", "residual"]
# Heads that change nothing before they have learned; the others are drawn at random.
STARTS_AS_PUBLISHED = ("identity", "residual")


class BackboneOptions(Options):
    """The published network: what training starts from, and what a frozen recipe is."""

    family: Family = Field(description="the library it comes from; one file each in backbones/families")
    architecture: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", description="its name within the family")
    weights: Name = Field(description="its pretrained weights: a name under weights")
    pooling: Literal["published", "gem"] = Field(
        default="published",
        description="published, or gem: the generalised mean of a ViT's patch tokens as the last block leaves them",
    )


class HeadOptions(Options):
    """What stands between the backbone's features and the embedding."""

    kind: HeadKind = Field(
        default="identity",
        description="identity; linear (+BN); relu (+BN, ReLU, dropout); mlp (relu, linear); residual (x + linear x)",
    )
    dim: int = Field(default=0, ge=0, description="length of the embedding; 0 keeps the backbone's")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="share of features dropped in training")


class ViewOptions(Options):
    """Test-time views: one embedding is the mean over the image and its changed copies, 0 or false for none."""

    flip: bool = Field(default=False, description="also the mirror image")
    rotate: float = Field(default=0.0, ge=0, le=45, description="also turned by plus and minus so many degrees")
    brightness: float = Field(default=0.0, ge=0, lt=1, description="also brighter and darker by this share")
    zoom: float = Field(default=0.0, ge=0, lt=1, description="also the centre with this share cut off each way")


class EmbedOptions(Options):
    """How images are embedded once the model is trained; nothing here changes what training does."""

    batch: int = Field(ge=1, description="images embedded at once")
    precision: Precision = Field(
        default="fp32", description="number format while embedding; bf16 is fp32 on a CPU without bf16 units"
    )
    views: ViewOptions = Field(default=ViewOptions(), description="test-time views, averaged")


class Recipe(Options):
    """One model. Every block is stated, because DVC tracks what stands in the file."""

    backbone: BackboneOptions = Field(description="the published network")
    crop: CropOptions = Field(description="what the backbone is shown of an image")
    head: HeadOptions = Field(description="from features to embedding, when trained")
    train: TrainOptions = Field(description="how it learns")
    embed: EmbedOptions = Field(description="how images are embedded")

    @model_validator(mode="after")
    def _trains_what_can_learn(self) -> Self:
        # On CUDA the graph is made of torch layers and would learn, and its weights then fit no other device.
        if self.train.recipe == "finetune" and self.backbone.family == "onnx":
            raise ValueError("train.recipe finetune needs a torch backbone; use family onnx_torch, or recipe head")
        return self

    @model_validator(mode="after")
    def _blends_what_was_published(self) -> Self:
        if self.train.blend and self.head.kind not in STARTS_AS_PUBLISHED:
            raise ValueError(f"train.blend needs a head that starts as published, not {self.head.kind}")
        return self
