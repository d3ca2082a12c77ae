"""A few pictures of the embedded dataset, and published models that come with the installation."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from lookalike.backbones.head import build_head
from lookalike.backbones.trained import Training, write_trained
from lookalike.engine.model import Model
from lookalike.kit.files import sha256_file
from lookalike.params.models import HeadOptions, Recipe
from lookalike.params.sample import SampleOptions
from lookalike.params.weights import WeightsOptions
from lookalike.sample.dataset import draw, pictures, sitter
from lookalike.weights.fetch import fetch
from tests.engine.album import PARAMS

TRAINED = "effnet_trained"
SAMPLE = SampleOptions.model_validate(
    PARAMS["sample"]
    | {"train_identities": 2, "test_identities": 1, "train_photographs": 1, "train_renderings": 1}
    | {"queries": 1, "gallery": 2, "image_size": 160}
)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures; nobody writes here."""
    folder = tmp_path_factory.mktemp("pictures")
    number = 0
    for identity in range(3):
        head = sitter(SAMPLE, identity)
        for picture in pictures(SAMPLE, identity):
            (folder / f"{number:02}.jpg").write_bytes(draw(head, picture, SAMPLE))
            number += 1
    with Image.open(folder / "00.jpg") as image:
        image.resize((80, 120)).convert("L").save(folder / "grey.png")
        large = image.resize((1700, 1200))
        exif = Image.Exif()
        exif[0x0112] = 6
        large.save(folder / "large.jpg", exif=exif, quality=90)
    Image.effect_noise((70, 50), 90).convert("RGB").save(folder / "noise.png")
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, ...]:
    """SFace, dlib's network, EfficientNet-Lite0, and that with a trained head."""
    home = tmp_path_factory.mktemp("models")
    return tuple(_model(home, name) for name in ("sface", "dlib", "effnet_frozen", TRAINED))


def _model(home: Path, name: str) -> Model:
    recipe = Recipe.model_validate(PARAMS["models"]["effnet_frozen" if name == TRAINED else name])
    source = recipe.backbone.weights
    weights, trained = home / f"{source}.weights", home / f"{name}.safetensors"
    if not weights.exists():
        fetch(source, WeightsOptions.model_validate(PARAMS["weights"][source]), weights, home, home / "weights.lock")
    head = HeadOptions(kind="mlp", dim=32) if name == TRAINED else recipe.head
    state = {}
    if name == TRAINED:
        layers = build_head(head, 1280, torch.Generator().manual_seed(1))
        state = {f"head.{key}": value for key, value in layers.state_dict().items()}
    write_trained(trained, Training(name, sha256_file(weights), "trained" if state else "frozen"), state)
    return Model(name, recipe.backbone, recipe.crop, head, recipe.embed, weights, trained, "cpu")


def with_batch(model: Model, batch: int) -> Model:
    """Return a model that embeds so many images at once."""
    return replace(model, embed=model.embed.model_copy(update={"batch": batch}))
