"""Synthetic pictures of a person: posed and lit as an artist would, then drawn in one of the styles."""

import cv2
import numpy as np

from lookalike.sample.backdrop import backdrop
from lookalike.sample.head import Head
from lookalike.sample.light import Light
from lookalike.sample.portrait import OVERSAMPLING, sit
from lookalike.sample.pose import Pose
from lookalike.sample.styles.table import STYLES
from lookalike.sample.wardrobe import Outfit

LICENCE = 0.05


def render(head: Head, style: str, rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw a person in the style of that name: (side, side, 3) uint8 RGB."""
    canvas = round(side * OVERSAMPLING)
    portrait = sit(head, Pose.draw(rng, LICENCE), Light.draw(rng, drama=0.6), Outfit.draw(rng), backdrop(rng, canvas))
    image = STYLES[style](portrait, rng).astype(np.float32, copy=False)
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.clip(small * 255 + 0.5, 0, 255).astype(np.uint8)
