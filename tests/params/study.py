"""The study's systems as its own scripts state them: what `params.yaml` has to say of the recipe of the same name.

What is not here the study does not say, or ours does otherwise on purpose; docs/models.md lists that with its reasons.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from torchvision.transforms import v2
from torchvision.transforms.v2 import InterpolationMode as Mode

Transform = Callable[[Image.Image], Image.Image]
HALF = ((0.5,) * 3, (0.5,) * 3)
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
OPENAI = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))


@dataclass(frozen=True)
class System:
    """One system of the study.

    Attributes:
        network: family, architecture, and the file of weights by the end of its name.
        dim: length of its features before a head.
        pixels: mean and standard deviation of the channels, of pixels in 0..1.
        shown: from an image to what the network sees of it; None where a face is cut out.
        states: dotted keys of the recipe, and their values.
    """

    network: tuple[str, str, str]
    dim: int
    pixels: tuple[tuple[float, ...], tuple[float, ...]]
    shown: Transform | None
    states: dict[str, Any] = field(default_factory=dict)


def centre(resize: int, mode: Mode) -> Transform:
    return v2.Compose([v2.Resize(resize, mode), v2.CenterCrop(224)])


def squashed(mode: Mode) -> Transform:
    return v2.Resize((224, 224), mode)


def squashed_then_centre(image: Image.Image) -> Image.Image:
    """ConvNeXt's: its script squashes, and the weights' own transform then goes over 232 pixels."""
    return v2.CenterCrop(224)(v2.Resize(232, Mode.BILINEAR)(v2.Resize((224, 224), Mode.BILINEAR)(image)))


def rates(backbone: float, head: float, epochs: int, batch: int) -> dict[str, Any]:
    return {
        **{"train.lr_backbone": backbone, "train.lr_head": head},
        **{"train.epochs": epochs, "batch": batch},
    }


CE = {"train.recipe": "finetune", "train.loss": "ce"}
ALL = {**CE, "train.last_stages": 0}
# AdamW without decay (tests/training/test_train.py: not a bit of difference).
ADAM = {"train.weight_decay": 0.0}
AUGMENT = {f"train.augment.{name}": chance for name, chance in (("crop", 1.0), ("flip", 0.5), ("jitter", 1.0))}
CLIP = {"train.weight_decay": 1e-4, "train.images": 4, "train.clip": 1.0, "train.augment.erase": 0.25, **AUGMENT}
AFFINE = {"train.augment.affine": 1.0}
RELU = {"head.kind": "relu", "head.dim": 1024, "head.dropout": 0.1}
BLOCKS = {"train.recipe": "finetune", "train.last_stages": 5, "train.frozen_end": 1}
ARCFACE = {"train.loss": "arcface", "train.scale": 64.0, "train.margin": 0.5}

RESNET = ("torchvision", "resnet50", "resnet50-0676ba61.pth"), 2048, IMAGENET, centre(256, Mode.BILINEAR)
LARGE = ("open_clip", "ViT-L-14-quickgelu", "/ViT-L-14.pt"), 768, OPENAI, centre(224, Mode.BICUBIC)
SMALL = ("open_clip", "ViT-B-32-quickgelu", "/ViT-B-32.pt"), 512, OPENAI, centre(224, Mode.BICUBIC)
FACENET = ("facenet", "vggface2", "20180402-114759-vggface2.pt"), 512, HALF, None
DINO = ("timm", "vit_base_patch14_dinov2.lvd142m", "vitb14_pretrain.pth"), 768, IMAGENET, centre(256, Mode.BICUBIC)
VIT = ("timm", "vit_base_patch16_224.orig_in21k_ft_in1k", "_p16_224-80ecf9dd.pth"), 768, HALF, squashed(Mode.BILINEAR)
EFFNET = (
    *(("timm", "tf_efficientnetv2_l.in21k_ft_in1k", "tf_efficientnetv2_l_21ft1k-60127a9d.pth"), 1280, HALF),
    centre(256, Mode.BILINEAR),
)
CONVNEXT = ("torchvision", "convnext_base", "convnext_base-6075fbad.pth"), 1024, IMAGENET, squashed_then_centre
FROZEN = {"train.recipe": "frozen", "head.kind": "identity"}
BOX = {"crop.template": "box", "crop.size": 160, "crop.margin": 0.0}

STUDY: dict[str, System] = {
    "resnet50_frozen": System(*RESNET, FROZEN),
    "resnet50": System(*RESNET, {**ALL, **ADAM, **rates(1e-4, 1e-4, 5, 32)}),
    "clip_zeroshot": System(*LARGE, FROZEN),
    "clip_frozen_head": System(
        *LARGE,
        {
            **{"train.recipe": "head", "train.loss": "ce", "train.epochs": 15, "train.lr_head": 1e-4, "batch": 32},
            **{**RELU, **CLIP, **AFFINE},
        },
    ),
    "clip_finetuned": System(*LARGE, {**RELU, **CLIP, **AFFINE, **BLOCKS, **CE, **rates(1e-5, 1e-4, 20, 32)}),
    "clip_arcface": System(*LARGE, {**RELU, **CLIP, **AFFINE, **BLOCKS, **ARCFACE, **rates(1e-5, 1e-4, 20, 32)}),
    "clip_gem": System(
        *LARGE,
        {
            **{**RELU, **CLIP, **AFFINE, **BLOCKS, **ARCFACE, **rates(1e-5, 1e-4, 15, 32)},
            # In the projection's place stands the pooling, whose p learns.
            **{"backbone.pooling": "gem", "train.frozen_end": 0},
            **{"train.added.center": 0.001, "train.mixup": 0.5, "train.mixup_alpha": 0.2},
        },
    ),
    "clip_proxy_triplet": System(
        *LARGE,
        {
            **{**CLIP, **BLOCKS, **rates(1e-5, 1e-4, 12, 32)},
            **{"head.kind": "mlp", "head.dim": 2048, "head.dropout": 0.15},
            **{"train.loss": "proxy_anchor", "train.margin": 0.2, "train.scale": 64.0},
            **{"train.added.triplet": 1.0, "train.added.unit_ce": 1.0, "train.added.ce": 0.0},
            **{"train.head_epochs": 1, "train.augment.affine": 0.0},
        },
    ),
    "facenet": System(*FACENET, {**FROZEN, **BOX}),
    "facenet_tuned": System(*FACENET, {**BOX, **CE, **ADAM, "train.last_stages": 2, **rates(1e-4, 1e-4, 5, 16)}),
    "clip_b32": System(*SMALL, FROZEN),
    "clip_b32_tuned": System(*SMALL, {**ALL, **rates(1e-5, 1e-4, 5, 16)}),
    "dinov2": System(*DINO, FROZEN),
    "dinov2_tuned": System(*DINO, {**ALL, **rates(1e-6, 1e-5, 10, 16)}),
    "vit_b16": System(*VIT, FROZEN),
    "vit_b16_tuned": System(*VIT, {**ALL, **rates(1e-6, 1e-5, 10, 16)}),
    "efficientnetv2_l": System(*EFFNET, FROZEN),
    "efficientnetv2_l_tuned": System(*EFFNET, {**ALL, **ADAM, **rates(1e-4, 1e-4, 5, 16)}),
    "convnext_base": System(*CONVNEXT, FROZEN),
    "convnext_base_tuned": System(*CONVNEXT, {**ALL, **rates(1e-5, 1e-4, 5, 16)}),
}
