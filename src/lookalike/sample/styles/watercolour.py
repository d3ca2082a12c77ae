"""Watercolour: pale washes that pool at their borders, on rough paper left white at the edges."""

import cv2
import numpy as np

from lookalike.sample.canvas import over, smoothstep
from lookalike.sample.portrait import Portrait
from lookalike.sample.styles.strokes import grain, luminance, regrade, smooth


def watercolour(portrait: Portrait, rng: np.random.Generator) -> np.ndarray:
    """Paint in watercolour."""
    side = portrait.image.shape[0]
    wash = smooth(_wobble(regrade(portrait.image, rng, 0.25), rng), 2) ** 0.72
    grey = luminance(wash)
    pool = np.clip(cv2.GaussianBlur(grey, (0, 0), 3.0) - grey, 0, 0.3)
    density = 1 + 2.2 * pool + 0.05 * grain(rng, grey.shape, 1.0) + 0.05 * grain(rng, grey.shape, 14.0)
    wash = np.clip(wash, 0.02, 1) ** density[..., None]
    edge = 0.06 * grain(rng, grey.shape, 6.0) + 0.05 * grain(rng, grey.shape, 1.5)
    axis = np.abs(np.linspace(-1, 1, side))
    wet = smoothstep(1.02, 0.80, np.hypot(axis[:, None] ** 2, axis[None, :] ** 2) + edge)
    wet = wet * (rng.uniform(0.25, 0.6) + 0.6 * cv2.GaussianBlur(portrait.subject, (0, 0), 2))
    paper = 0.965 + 0.012 * grain(rng, grey.shape, 0.8)
    return np.clip(over(cv2.merge([paper, paper, 0.98 * paper]), wash, np.clip(wet, 0, 1)), 0, 1)


def _wobble(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Displace by about a pixel, smoothly: a hand that does not quite follow the outline."""
    side = image.shape[0]
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    reach = np.float32(side / 300)
    across, down = (grain(rng, (side, side), 7.0) * reach for _ in range(2))
    return cv2.remap(image, x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
