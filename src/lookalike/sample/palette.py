"""Colours: sRGB triples in [0, 1], and those drawn at random for cloth, walls and other things that tell nothing."""

import colorsys

import numpy as np

Colour = tuple[float, float, float]


def cloth(rng: np.random.Generator) -> Colour:
    """Any hue, from ink to pastel."""
    return hsv(rng.random(), rng.uniform(0.05, 0.85), rng.uniform(0.12, 0.95))


def wall(rng: np.random.Generator) -> Colour:
    """Any hue, muted."""
    return hsv(rng.random(), rng.uniform(0.02, 0.5), rng.uniform(0.15, 0.95))


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Hue, saturation and value in [0, 1] (the hue wraps) as sRGB."""
    return colorsys.hsv_to_rgb(hue % 1.0, saturation, value)


def rgb(values: np.ndarray) -> Colour:
    """Clip three numbers into a colour."""
    red, green, blue = (float(value) for value in np.clip(values, 0.0, 1.0))
    return red, green, blue
