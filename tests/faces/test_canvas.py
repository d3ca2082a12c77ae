import numpy as np
import pytest

from lookalike.faces.candidates import Candidates
from lookalike.faces.canvas import Canvas


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).integers(1, 256, (height, width, 3), dtype=np.uint8)


def test_a_small_image_keeps_its_pixels_inside_a_black_border() -> None:
    image = noise(30, 20)
    canvas = Canvas.of(image, side=64, border=0.5)
    assert canvas.pixels.shape == (60, 50, 3)
    assert (canvas.pixels[15:45, 15:35] == image).all()
    assert canvas.pixels.sum() == image.sum()


def test_a_large_image_is_shrunk_to_the_side() -> None:
    canvas = Canvas.of(noise(300, 200), side=60, border=0.0)
    assert canvas.pixels.shape == (60, 40, 3)


@pytest.mark.parametrize("size", [(8, 8), (1, 1), (1, 500), (3000, 4000)])
def test_any_size_fits(size: tuple[int, int]) -> None:
    canvas = Canvas.of(noise(*size), side=64, border=0.4)
    assert min(canvas.pixels.shape[:2]) >= 1
    assert canvas.size == size[::-1]


def test_boxes_go_to_the_canvas_and_back() -> None:
    canvas = Canvas.of(noise(300, 200), side=60, border=0.5)
    box = np.array([[10.0, 20.0, 110.0, 220.0]])
    on_canvas = canvas.from_image(box)
    assert on_canvas.tolist() == [[2 + 30, 4 + 30, 22 + 30, 44 + 30]]
    landmarks = np.full((1, 5, 2), 32, dtype=np.float32)
    back = canvas.to_image(Candidates(on_canvas, np.ones(1, np.float32), landmarks))
    assert np.allclose(back.box, box)
    assert np.allclose(back.landmarks, 10)
