"""Pencil: lines, hatching where it is dark, paper."""

import cv2
import numpy as np

from lookalike.sample.canvas import over
from lookalike.sample.palette import hsv
from lookalike.sample.portrait import Portrait
from lookalike.sample.styles.strokes import grain, hatch, ink, luminance, toned


def pencil(portrait: Portrait, rng: np.random.Generator) -> np.ndarray:
    """Draw in pencil, graphite or coloured."""
    shape = portrait.subject.shape
    grey = luminance(portrait.image)
    subject = cv2.GaussianBlur(portrait.subject, (0, 0), 2.5)
    dark = (1 - toned(grey, portrait.subject)) * (0.12 + 0.88 * subject)
    angle = rng.uniform(0.5, 1.1)
    first, second = (hatch(rng, shape, angle + turn, 15) for turn in (0.0, 0.7))
    tone = np.clip(dark - 0.03, 0, 1) * (0.95 + 0.20 * first) + np.clip(dark - 0.5, 0, 1) * (0.5 + 0.4 * second)
    line = np.maximum(ink(grey, 1.0, 26.0) * (0.25 + 0.75 * subject), 0.8 * ink(portrait.subject, 1.2, 8.0))
    lead = np.clip(0.85 * tone + 0.8 * line, 0, 0.95) * (1 + 0.10 * grain(rng, shape, 0.7))
    paper = np.array(hsv(rng.uniform(0.05, 0.16), rng.uniform(0.0, 0.16), rng.uniform(0.88, 1.0)), np.float32)
    sheet = paper * (1 + 0.012 * grain(rng, shape, 1.0))[..., None]
    return np.clip(over(sheet, np.array(hsv(rng.random(), rng.uniform(0, 0.7), 0.16)), np.clip(lead, 0, 1)), 0, 1)
