"""Photographs: any pose, light, clothes and place, through a camera's faults."""

import cv2
import numpy as np

from lookalike.sample.backdrop import backdrop
from lookalike.sample.head import Head
from lookalike.sample.light import Light
from lookalike.sample.portrait import OVERSAMPLING, sit
from lookalike.sample.pose import Pose
from lookalike.sample.wardrobe import Outfit

LICENCE = 0.02


def photograph(head: Head, rng: np.random.Generator, side: int) -> np.ndarray:
    """Take a photograph of a person: (side, side, 3) uint8 RGB."""
    canvas = round(side * OVERSAMPLING)
    portrait = sit(head, Pose.draw(rng, LICENCE), Light.draw(rng), Outfit.draw(rng), backdrop(rng, canvas))
    image = cv2.resize(portrait.image, (side, side), interpolation=cv2.INTER_AREA)
    return expose(image, rng)


def expose(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """White balance, exposure, contrast, vignette, focus and sensor noise: float in [0, 1] to uint8."""
    side = image.shape[0]
    gain, contrast = rng.normal(1.0, 0.06, 3) * rng.uniform(0.82, 1.12), rng.uniform(0.85, 1.12)
    image = image * (gain * contrast).astype(np.float32) + np.float32(0.5 - 0.5 * contrast)
    focus = rng.uniform(0.0, 0.9) * side / 224
    if focus > 0.3:
        image = cv2.GaussianBlur(image, (0, 0), focus)
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    image = image * (1 - np.float32(rng.uniform(0, 0.16)) * (axis[:, None] ** 2 + axis[None, :] ** 2))[..., None]
    image = image + np.float32(rng.uniform(0.004, 0.025)) * rng.standard_normal(image.shape, dtype=np.float32)
    return np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
