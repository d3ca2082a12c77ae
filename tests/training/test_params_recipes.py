"""Every recipe of params.yaml: its network is one that its family knows, and it trains an epoch.

Networks whose weights cannot be reached offline are stood in for by the smallest of their kind, with seeded random
weights in a file that the family's own code loads.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import pytest
import safetensors.torch
import timm
import torch
import torchvision
from facenet_pytorch import InceptionResnetV1
from torch import nn

from lookalike.backbones.checkpoint import State
from lookalike.backbones.families import open_clip as clip
from lookalike.backbones.registry import load_backbone
from lookalike.params.load import load_params
from lookalike.params.models import Recipe
from lookalike.training.checkpoints import Checkpoints
from lookalike.training.train import train
from lookalike.training.trainer import Trainer
from lookalike.training.training_set import LabelledCrops
from lookalike.weights.fetch import fetch
from tests.backbones.lite_port import in_the_ports_layout
from tests.training.conftest import apart, labelled_crops

# Slow: every recipe trains an epoch; nothing smaller shows that it can.
pytestmark = pytest.mark.slow

PARAMS = load_params(Path("params.yaml"))
TRAINED = sorted(name for name, options in PARAMS.models.items() if options.train.recipe != "frozen")
TINY_CLIP = "tiny-quickgelu"
TINY_CLIP_CONFIG = {
    "embed_dim": 24,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 32, "layers": 6, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 4, "vocab_size": 8, "width": 8, "heads": 1, "layers": 1},
}


@pytest.fixture(scope="module", autouse=True)
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("configs") / f"{TINY_CLIP}.json"
    path.write_text(json.dumps(TINY_CLIP_CONFIG))
    open_clip.add_model_config(path)


def of_timm(name: str) -> Callable[[int], nn.Module]:
    return lambda size: timm.create_model(name, num_classes=0, **({"img_size": size} if "vit" in name else {}))


class Visual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.visual = clip.image_encoder(TINY_CLIP)


class Port(nn.Module):
    def state_dict(self) -> State:  # type: ignore[override]
        return in_the_ports_layout(timm.create_model("tf_efficientnet_lite2"))


# architecture -> the smallest of its kind, the side of its crops, and how its published checkpoint comes about.
STAND_INS: dict[str, tuple[str, int, Callable[[int], nn.Module]]] = {
    "resnet50": ("resnet18", 32, lambda _: torchvision.models.resnet18()),
    "vggface2": ("vggface2", 80, lambda _: InceptionResnetV1(classify=True, num_classes=8631)),
    "ViT-L-14-quickgelu": (TINY_CLIP, 32, lambda _: Visual()),
    "ViT-B-32-quickgelu": (TINY_CLIP, 32, lambda _: Visual()),
    "vit_base_patch14_dinov2.lvd142m": ("test_vit", 32, of_timm("test_vit")),
    "vit_base_patch16_224.orig_in21k_ft_in1k": ("test_vit", 32, of_timm("test_vit")),
    "tf_efficientnetv2_l.in21k_ft_in1k": ("test_efficientnet", 32, of_timm("test_efficientnet")),
    "convnext_base": ("convnext_tiny", 32, lambda _: torchvision.models.convnext_tiny()),
    # Its package is not among the locked ones.
    "tf_efficientnet_lite2": ("tf_efficientnet_lite2", 64, lambda _: Port()),
}


def small(name: str, folder: Path) -> tuple[Recipe, Path]:
    """Return a recipe on the smallest network of its kind for one epoch, and that network's weights."""
    options, weights = PARAMS.models[name], folder / "weights"
    size = options.crop.size
    backbone = options.backbone
    if backbone.architecture in STAND_INS:
        architecture, size, make = STAND_INS[backbone.architecture]
        torch.manual_seed(0)
        safetensors.torch.save_file(make(size).state_dict(), weights)
        backbone = backbone.model_copy(update={"architecture": architecture})
    else:
        fetch(name, PARAMS.weights_of(name), weights, folder, folder / "weights.lock")
    short = options.train.model_copy(update={"epochs": 1, "identities": 4})
    crop = options.crop.model_copy(update={"size": size})
    return options.model_copy(update={"backbone": backbone, "crop": crop, "train": short}), weights


def enlarged(few: LabelledCrops, size: int) -> LabelledCrops:
    index = np.arange(size) * few.crops.shape[1] // size
    return LabelledCrops(few.crops[:, index][:, :, index], few.label, few.domain)


@pytest.mark.parametrize("name", TRAINED)
def test_a_recipe_trains(name: str, tmp_path: Path) -> None:
    options, weights = small(name, tmp_path)
    backbone = load_backbone(options.backbone, options.crop.size, weights, torch.device("cpu"))
    fitting, held_out = (enlarged(labelled_crops(n, first), options.crop.size) for n, first in ((4, 0), (2, 50)))
    outcome = train(
        Trainer(options.head, options.train, backbone, apart(fitting, held_out), 0, Checkpoints(tmp_path, "run"))
    )
    assert len(outcome.history) == 1 + options.train.head_epochs
    assert all(np.isfinite(epoch["loss"]) and epoch["loss"] > 0 for epoch in outcome.history)
    assert outcome.trained[0].score > 0


def test_every_trained_recipe_has_the_frozen_one_it_is_compared_with() -> None:
    frozen = {PARAMS.models[name].backbone.architecture for name in PARAMS.models if name not in TRAINED}
    for name in TRAINED:
        assert PARAMS.models[name].backbone.architecture in frozen, name
        twins = [
            other
            for other in PARAMS.models
            if PARAMS.models[other].backbone.architecture == PARAMS.models[name].backbone.architecture
        ]
        assert {PARAMS.weights_of(other).sha256 for other in twins} == {PARAMS.weights_of(name).sha256}


def test_every_network_is_one_its_library_knows() -> None:
    known = {
        "timm": timm.is_model,
        "open_clip": lambda name: clip.image_encoder(name) is not None,
        "torchvision": lambda name: name in torchvision.models.list_models(),
    }
    pairs = {
        (network.family, network.architecture)
        for network in (recipe.backbone for recipe in PARAMS.models.values())
        if network.family in known
    }
    assert len(pairs) >= 7
    with torch.device("meta"):
        assert all(known[family](architecture) for family, architecture in pairs)
