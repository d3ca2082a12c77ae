"""What stands behind the sitter: a studio wall, lights out of focus, a room, a view outdoors."""

from collections.abc import Callable

import cv2
import numpy as np

from lookalike.sample.palette import hsv, wall


def backdrop(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw a background: (side, side, 3) float32 in linear light."""
    grid = 96  # out of focus in any case, so drawn small
    scene = SCENES[rng.integers(len(SCENES))](rng, grid)
    return cv2.resize(np.clip(scene, 0, 1).astype(np.float32) ** 2, (side, side), interpolation=cv2.INTER_CUBIC).clip(0)


def studio(rng: np.random.Generator, side: int) -> np.ndarray:
    """A wall lit by one lamp, falling off to the corners."""
    y, x = np.mgrid[0:side, 0:side] / side
    distance = np.hypot(x - rng.uniform(0.1, 0.9), y - rng.uniform(0.0, 0.7))
    fall = np.exp(-((distance / rng.uniform(0.5, 1.1)) ** 2))
    return np.array(wall(rng)) * (0.45 + 0.65 * fall[..., None])


def bokeh(rng: np.random.Generator, side: int) -> np.ndarray:
    """Discs of light at night."""
    image = studio(rng, side) * 0.6
    hue = rng.random()
    for _ in range(rng.integers(12, 30)):
        disc = np.zeros((side, side), np.uint8)
        centre = (int(rng.integers(side)), int(rng.integers(side)))
        cv2.circle(disc, centre, int(rng.integers(3, 11)), 255, -1, cv2.LINE_AA)
        colour = np.array(hsv(hue + rng.normal(0, 0.12), rng.uniform(0.2, 0.8), 1.0))
        image += disc[..., None] / 255 * colour * rng.uniform(0.15, 0.5)
    return cv2.GaussianBlur(image, (0, 0), 0.9)


def room(rng: np.random.Generator, side: int) -> np.ndarray:
    """A wall with window or shelves, out of focus."""
    image = studio(rng, side)
    for _ in range(rng.integers(3, 9)):
        left, top = rng.integers(-10, side, 2)
        width, height = rng.integers(8, side // 2, 2)
        corner = (int(left + width), int(top + height))
        cv2.rectangle(image, (int(left), int(top)), corner, wall(rng), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(2.0, 4.5))


def outdoors(rng: np.random.Generator, side: int) -> np.ndarray:
    """Sky over foliage, out of focus."""
    horizon, y = rng.uniform(0.35, 0.8), np.linspace(0, 1, side)[:, None, None]
    sky = np.array(hsv(rng.uniform(0.52, 0.62), rng.uniform(0.05, 0.55), rng.uniform(0.75, 1.0)))
    ground = np.array(hsv(rng.uniform(0.08, 0.40), rng.uniform(0.15, 0.45), rng.uniform(0.25, 0.55)))
    leaves = cv2.GaussianBlur(rng.standard_normal((side, side)), (0, 0), 4)[..., None]
    mix = np.clip((y - horizon) * 8 + 6 * leaves, 0, 1)
    return cv2.GaussianBlur(sky * (1 - mix) + ground * (1 + 3.0 * leaves) * mix, (0, 0), 1.5)


SCENES: tuple[Callable[[np.random.Generator, int], np.ndarray], ...] = (studio, bokeh, room, outdoors)
