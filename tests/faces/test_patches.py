import numpy as np
import pytest

from lookalike.faces.patches import Patches


def ramp(height: int, width: int) -> np.ndarray:
    """Red grows by 2 a column and green by 2 a row: the middle of pixel i holds 2i."""
    image = np.zeros((height, width, 3), dtype=np.uint8)
    image[..., 0] = 2 * np.arange(width)
    image[..., 1] = 2 * np.arange(height)[:, None]
    return image


def along(start: float, step: float, count: int) -> np.ndarray:
    """What the ramp holds in the middle of each pixel of a patch."""
    return 2 * (start + step * (np.arange(count) + 0.5) - 0.5)


@pytest.mark.parametrize("step", [0.5, 1.0, 1.7, 2.0, 3.1, 4.0])
@pytest.mark.parametrize("border", [0, 7])
def test_a_patch_samples_where_it_says(step: float, border: int) -> None:
    patch = Patches.of(ramp(101, 120), border).cut((20.5 + border, 12.25 + border), (step, step), (16, 14))
    assert patch.shape == (14, 16, 3)
    np.testing.assert_allclose(patch[3, :, 0], along(20.5, step, 16), atol=1.1)
    np.testing.assert_allclose(patch[:, 3, 1], along(12.25, step, 14), atol=1.1)


def test_a_patch_of_the_whole_image_is_the_image() -> None:
    image = np.random.default_rng(0).integers(0, 256, (31, 20, 3), dtype=np.uint8)
    assert (Patches.of(image).cut((0, 0), (1, 1), (20, 31)) == image).all()


def test_shrinking_averages_and_skips_no_pixel() -> None:
    checkers = np.zeros((64, 64, 3), np.uint8)
    checkers[::2, ::2] = checkers[1::2, 1::2] = 200
    patch = Patches.of(checkers).cut((0, 0), (8, 8), (8, 8))
    assert (patch == 100).all()


def test_outside_is_black() -> None:
    patch = Patches.of(np.full((10, 10, 3), 255, np.uint8), border=5).cut((0, 0), (1, 1), (20, 20))
    assert (patch[5:15, 5:15] == 255).all()
    assert patch.sum() == 255 * 100 * 3


def test_mirrored_chips_are_chips_mirrored() -> None:
    patches = Patches.of(np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8), border=4)
    box = np.array([[3.2, 5.1, 45.7, 47.6], [-9, -9, 30, 30]])
    straight = patches.chips(box, 24)
    mirrored = patches.chips(box, 24, np.array([True, False]))
    # OpenCV places samples on a grid of 1/32 pixel.
    assert np.abs(mirrored[0, :, ::-1].astype(int) - straight[0]).max() <= 12
    assert (mirrored[1] == straight[1]).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 2)])
def test_any_size_can_be_cut(shape: tuple[int, int]) -> None:
    patch = Patches.of(np.full((*shape, 3), 9, np.uint8)).cut((-10, -10), (7, 7), (12, 12))
    assert patch.shape == (12, 12, 3)
