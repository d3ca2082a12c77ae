"""Each switch changes pixels as it says; the image and the view alone decide how."""

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from lookalike.params.train import AugmentOptions
from lookalike.training.augment import Augment, _drawn_by, pencil, posterize

CROPS = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (4, 3, 32, 32), dtype=np.uint8))
KEYS = [10, 11, 12, 13]
SWITCHES = sorted(AugmentOptions.model_fields)


def _augment(**switches: float) -> Augment:
    return Augment(AugmentOptions.model_validate(switches), 32)


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_changes_pixels_and_keeps_the_format(switch: str) -> None:
    changed = _augment(**{switch: 1.0})(CROPS, KEYS, 0, 0)
    assert changed.shape == CROPS.shape and changed.dtype == torch.uint8
    assert not torch.equal(changed, CROPS)


def test_all_switches_off_change_nothing() -> None:
    assert torch.equal(_augment()(CROPS, KEYS, 0, 0), CROPS)


def test_a_view_does_not_depend_on_its_batch() -> None:
    augment = _augment(**dict.fromkeys(SWITCHES, 0.5))
    together = augment(CROPS, KEYS, 3, 1)
    alone = torch.cat([augment(CROPS[i : i + 1], [KEYS[i]], 3, 1) for i in (2, 0, 3, 1)])
    assert torch.equal(together[[2, 0, 3, 1]], alone)


@pytest.mark.parametrize("view, seed", [(4, 1), (3, 2)])
def test_another_view_or_seed_is_another_picture(view: int, seed: int) -> None:
    augment = _augment(crop=1.0)
    assert not torch.equal(augment(CROPS, KEYS, 3, 1), augment(CROPS, KEYS, view, seed))


def test_augmenting_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    _augment(jitter=1.0)(CROPS, KEYS, 0, 0)
    assert torch.equal(torch.rand(3), expected)


def test_probability_is_the_share_of_images_changed() -> None:
    many = CROPS[:1].expand(400, -1, -1, -1)
    changed = _augment(flip=0.25)(many, list(range(400)), 0, 0)
    share = (changed != many).flatten(1).any(1).float().mean().item()
    assert share == pytest.approx(0.25, abs=0.07)


@pytest.mark.parametrize(
    "transform",
    [
        v2.RandomResizedCrop(32, scale=(0.7, 1.0), ratio=(0.9, 1.1), antialias=True),
        v2.RandomAffine(15, translate=(0.1, 0.1), scale=(0.9, 1.1)),
        v2.ColorJitter(0.4, 0.4, 0.2, 0.1),
        v2.GaussianBlur(5, sigma=(0.5, 2.0)),
        v2.RandomErasing(p=1.0, scale=(0.02, 0.33), ratio=(0.3, 3.3)),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_numbers_drawn_apart_give_what_the_transform_gives(transform: v2.Transform) -> None:
    torch.manual_seed(8)
    expected, after = transform(CROPS[0]), torch.rand(3)
    torch.manual_seed(8)
    change = _drawn_by(transform)(CROPS[0])
    assert torch.equal(torch.rand(3), after) and torch.equal(change(CROPS[0]), expected)


def test_posterize_keeps_few_levels() -> None:
    assert len(posterize(CROPS[0])(CROPS[0]).unique()) <= 16


def test_pencil_draws_a_dark_line_where_brightness_steps() -> None:
    crop = torch.zeros(3, 8, 8, dtype=torch.uint8)
    crop[:, :, 4:] = 200
    drawn = pencil(crop)
    assert (drawn[:, :, 3:5] == 0).all()
    assert (drawn[:, :, [0, 1, 6, 7]] == 255).all()
