"""Oil: patches of even colour laid in strokes, on canvas, in a warm or cold palette."""

import cv2
import numpy as np

from lookalike.sample.portrait import Portrait
from lookalike.sample.styles.strokes import grain, hatch, regrade


def oil(portrait: Portrait, rng: np.random.Generator) -> np.ndarray:
    """Paint in oil."""
    image = regrade(portrait.image, rng, 0.22)
    paint = kuwahara(image, int(rng.integers(3, 5)))
    mix = (grain(rng, image.shape[:2], 9.0) > 0).astype(np.float32)
    angle = rng.uniform(0, np.pi)
    strokes = [hatch(rng, image.shape[:2], angle + turn, 17) for turn in (0.0, 1.1)]
    stroke = cv2.GaussianBlur(strokes[0] * mix + strokes[1] * (1 - mix), (0, 0), 0.8)
    relief = stroke - np.roll(stroke, (1, 1), (0, 1))
    return np.clip(paint * (1 + 0.045 * stroke + 0.05 * relief)[..., None], 0, 1)


def kuwahara(image: np.ndarray, radius: int) -> np.ndarray:
    """Edge-keeping smoothing: each pixel takes the mean of the calmest of its four quadrants, softly.

    Weights fall with a power of the variance, after Papari, Petkov and Campisi, "Artistic edge and corner enhancing
    smoothing" (2007).
    """
    size = (radius + 1, radius + 1)
    total, weights = np.zeros_like(image), np.zeros(image.shape[:2], np.float32)
    for anchor in ((0, 0), (radius, 0), (0, radius), (radius, radius)):
        mean = cv2.blur(image, size, anchor=anchor)
        variance = np.maximum(cv2.blur(image * image, size, anchor=anchor) - mean * mean, 0) @ np.ones(3, np.float32)
        weight = 1 / (variance * 100 + 0.02) ** 4
        total += mean * weight[..., None]
        weights += weight
    return total / weights[..., None]
