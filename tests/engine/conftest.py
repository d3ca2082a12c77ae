"""A few pictures of the embedded dataset, and published models that come with the installation."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from lookalike.backbones.head import build_head
from lookalike.backbones.trained import Training, write_trained
from lookalike.engine.engine import Images
from lookalike.engine.model import Model
from lookalike.kit.files import sha256_file
from lookalike.params.faces import FaceOptions
from lookalike.params.models import HeadOptions, Recipe
from lookalike.params.sample import SampleOptions
from lookalike.params.weights import WeightsOptions
from lookalike.sample.dataset import draw, pictures, sitter
from lookalike.weights.fetch import fetch

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
FACES = FaceOptions.model_validate(PARAMS["faces"])
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


def listed(folder: Path) -> Images:
    """Return the images of a folder as a catalogue lists them."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    digest = [sha256_file(folder / name) for name in names]
    return Images(folder, np.array(names, dtype=object), np.array(digest, dtype=object))


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
        fetch(source, WeightsOptions.model_validate(PARAMS["weights"][source]), weights, home)
    head = HeadOptions(kind="mlp", dim=32) if name == TRAINED else recipe.head
    state = {}
    if name == TRAINED:
        layers = build_head(head, 1280, torch.Generator().manual_seed(1))
        state = {f"head.{key}": value for key, value in layers.state_dict().items()}
    write_trained(trained, Training(name, sha256_file(weights), "trained" if state else "frozen"), state)
    return Model(name, recipe.backbone, recipe.crop, head, recipe.embed, weights, trained, "cpu")


@pytest.fixture
def copied(drawn: Path, tmp_path: Path) -> Callable[..., Images]:
    """Copy the pictures whose names are given into a folder of the test's own."""

    def copy(*names: str) -> Images:
        folder = tmp_path / "copied"
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes((drawn / name).read_bytes())
        return listed(folder)

    return copy


def with_batch(model: Model, batch: int) -> Model:
    """Return a model that embeds so many images at once."""
    return replace(model, embed=model.embed.model_copy(update={"batch": batch}))
