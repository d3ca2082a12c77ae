"""Flat cartoon: few tones, ink outlines, a plain ground."""

import numpy as np

from lookalike.sample.canvas import over
from lookalike.sample.palette import hsv
from lookalike.sample.portrait import Portrait
from lookalike.sample.styles.strokes import ink, luminance, regrade, smooth, steps


def cartoon(portrait: Portrait, rng: np.random.Generator) -> np.ndarray:
    """Draw a flat cartoon."""
    flat = regrade(smooth(portrait.image, 2), rng, 0.12)
    grey = luminance(flat)
    tones = steps(np.clip(grey, 0, 1), int(rng.integers(5, 8)), 4.0)
    flat = flat * ((tones + 0.08) / (grey + 0.08))[..., None]
    ground = np.array(hsv(rng.random(), rng.uniform(0.2, 0.6), rng.uniform(0.6, 1.0)))
    flat = over(ground_of(ground, grey.shape, rng), np.clip(flat * 1.05, 0, 1), portrait.subject)
    line = np.maximum(ink(grey, 1.1, 34.0) * portrait.subject, ink(portrait.subject, 1.4, 9.0))
    return over(flat, np.array(hsv(rng.random(), 0.4, 0.12)), 0.92 * line)


def ground_of(colour: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A plain colour, with a lighter disc behind the head half of the time."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) / shape[0]
    disc = np.clip((0.42 - np.hypot(x - 0.5, y - 0.48)) * shape[0], 0, 1) * (rng.random() < 0.5)
    plain = np.broadcast_to(colour.astype(np.float32), (*shape, 3))
    return over(plain, 0.5 + 0.5 * colour, 0.6 * disc)
