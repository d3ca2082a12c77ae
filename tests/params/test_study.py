"""The recipes of the study's systems are the study's: network, weights, preprocessing, head, loss and rates."""

from functools import reduce
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import open_clip
import pytest
import timm
from PIL import Image

from lookalike.backbones.families import facenet
from lookalike.backbones.families import open_clip as clip
from lookalike.backbones.trunk import IMAGENET_MEAN, IMAGENET_STD
from lookalike.faces.cut import cut
from lookalike.params.load import load_params
from lookalike.params.models import Recipe
from tests.params.study import HALF, OPENAI, STUDY

PARAMS = load_params(Path("params.yaml"))
# The study has the networks, not these forms of them.
OURS = {"sface", "sface_views", "sface_tuned", "sface_head", "dlib", "auraface", "siglip2", "dinov2_large"} | {
    *("effnet_frozen", "effnet_lite0", "effnet_lite2_frozen", "effnet_lite2"),
    *("clip_proxy", "clip_face_zeroshot", "clip_face_arcface"),
}


def stated(recipe: Recipe, key: str) -> Any:
    if key == "batch":
        return recipe.train.identities * recipe.train.images
    return reduce(getattr, key.split("."), recipe)


def test_every_recipe_is_the_studys_or_ours() -> None:
    assert STUDY.keys() | OURS == PARAMS.models.keys()
    assert not STUDY.keys() & OURS


@pytest.mark.parametrize("name", STUDY)
def test_a_recipe_says_what_the_study_says(name: str) -> None:
    system, recipe = STUDY[name], PARAMS.models[name]
    found = {key: stated(recipe, key) for key in system.states}
    assert found == system.states
    family, architecture, weights = system.network
    assert (recipe.backbone.family, recipe.backbone.architecture) == (family, architecture)
    assert PARAMS.weights_of(name).source.endswith(weights)
    assert recipe.backbone.pooling == system.states.get("backbone.pooling", "published")


def smooth(height: int, width: int) -> np.ndarray:
    """Return an image without fine detail, on which two ways to resize agree."""
    coarse = np.random.default_rng(0).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("name", [name for name, system in STUDY.items() if system.shown])
@pytest.mark.parametrize(("height", "width"), [(512, 512), (300, 500), (640, 427)])
def test_a_network_sees_what_the_study_showed_it(name: str, height: int, width: int) -> None:
    image, shown = smooth(height, width), STUDY[name].shown
    assert shown is not None
    expected = np.asarray(shown(Image.fromarray(image))).astype(int)
    found = cut(image, None, PARAMS.models[name].crop).astype(int)
    # ConvNeXt's image was resized twice, ours is once.
    assert np.abs(found - expected).max() <= (3 if "convnext" in name else 0)


def pixels(recipe: Recipe) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation that the family's code gives the network, of pixels in 0..1."""
    if recipe.backbone.family == "timm":
        config = timm.get_pretrained_cfg(recipe.backbone.architecture)
        return tuple(config.mean), tuple(config.std)
    if recipe.backbone.family == "facenet":
        return facenet.PIXELS.mean, facenet.PIXELS.std
    if recipe.backbone.family == "open_clip":
        return clip.MEAN, clip.STD
    return tuple(v / 255 for v in IMAGENET_MEAN), tuple(v / 255 for v in IMAGENET_STD)


@pytest.mark.parametrize("name", STUDY)
def test_pixels_are_scaled_as_in_the_study(name: str) -> None:
    mean, std = pixels(PARAMS.models[name])
    if name.startswith("facenet"):
        assert (mean, std) == ((127.5,) * 3, (128.0,) * 3)
    else:
        assert np.allclose((mean, std), STUDY[name].pixels, atol=1e-6)


def test_siglip_is_shown_what_open_clip_shows_it() -> None:
    config = open_clip.get_pretrained_cfg("ViT-B-16-SigLIP2", "webli")
    crop = PARAMS.models["siglip2"].crop
    assert (crop.template, crop.resampling) == (config["resize_mode"], config["interpolation"])
    assert pixels(PARAMS.models["siglip2"]) == (tuple(config["mean"]), tuple(config["std"])) == HALF


def test_the_face_crop_is_a_recipe_of_its_own() -> None:
    for whole, face in (("clip_zeroshot", "clip_face_zeroshot"), ("clip_arcface", "clip_face_arcface")):
        one, other = PARAMS.models[whole], PARAMS.models[face]
        assert other.crop.template == "margin"
        assert one.model_copy(update={"crop": other.crop}) == other
    assert np.allclose((clip.MEAN, clip.STD), OPENAI)


def test_every_file_of_weights_can_be_had_and_has_a_licence() -> None:
    """No recipe lacks a digest: what its maker tells of it, eight digits at least, in the file's name or its record."""
    for name, weights in PARAMS.weights.items():
        assert weights.licence, name
        if not weights.is_whole:
            assert f"-{weights.sha256}." in weights.source, name
