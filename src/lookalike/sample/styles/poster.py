"""Posterised: brightness cut into bands, each printed in a colour of its own; no hue of the sitter survives."""

import cv2
import numpy as np

from lookalike.sample.canvas import over
from lookalike.sample.palette import hsv
from lookalike.sample.portrait import Portrait
from lookalike.sample.styles.strokes import ink, luminance, smooth, steps, toned

BANDS = 7


def poster(portrait: Portrait, rng: np.random.Generator) -> np.ndarray:
    """Print a poster in seven inks, over dots."""
    grey = luminance(smooth(portrait.image, 1))
    level = steps(toned(grey, portrait.subject), BANDS, 1.6)
    inks = _inks(rng)
    at = np.linspace(0, 1, BANDS)
    face = cv2.merge([np.interp(level, at, plane).astype(np.float32) for plane in inks.T])
    ground = np.array(hsv(rng.random(), rng.uniform(0.4, 0.9), rng.uniform(0.6, 1.0)), np.float32)
    sheet = over(np.broadcast_to(ground, face.shape), ground * 0.72, _dots(grey.shape[0]))
    line = ink(grey, 1.1, 30.0) * portrait.subject
    return over(over(sheet, face, portrait.subject), inks[0], 0.8 * line)


def _inks(rng: np.random.Generator) -> np.ndarray:
    """Seven colours from dark to light along an arc of hues: (7, 3)."""
    start, arc = rng.random(), rng.uniform(-0.35, 0.35)
    shade = np.linspace(0, 1, BANDS)
    return np.array([hsv(start + arc * t, 0.55 - 0.45 * t, 0.12 + 0.88 * t) for t in shade])


def _dots(side: int) -> np.ndarray:
    """A halftone screen that fades downwards: coverage (side, side) float32."""
    pitch = side / 28
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    screen = np.sin(np.pi * (x + y) / pitch) * np.sin(np.pi * (x - y) / pitch)
    return np.clip((screen - 0.2 - 0.6 * y / side) * 6, 0, 1)
