"""Neck, shoulders and clothes: new in every picture, so that they tell nothing about who wears them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from lookalike.sample.canvas import over, smoothstep, tinted
from lookalike.sample.head import Head
from lookalike.sample.light import Light
from lookalike.sample.palette import Colour, cloth
from lookalike.sample.pose import View

COLLARS = ("crew", "vee", "shirt", "high")
WEAVES = ("plain", "plain", "stripes", "checks")


@dataclass(frozen=True)
class Outfit:
    """A garment: its colours, neckline and pattern."""

    colour: Colour
    second: Colour
    collar: str
    weave: str
    pitch: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Draw a garment."""
        return cls(
            colour=cloth(rng),
            second=cloth(rng),
            collar=COLLARS[rng.integers(len(COLLARS))],
            weave=WEAVES[rng.integers(len(WEAVES))],
            pitch=rng.uniform(10, 22),
        )


def bust(head: Head, outfit: Outfit, seen: View, light: Light) -> tuple[np.ndarray, np.ndarray]:
    """Neck and shoulders as seen: linear colour (h, w, 3) and coverage (h, w), float32."""
    soft = float(np.ptp(seen.x[0])) / seen.x.shape[1]
    chin, side = head.person.skull.chin, np.abs(seen.x)
    girth = 0.50 + 0.10 * (head.person.skull.square - 1.7) + 0.30 * smoothstep(chin, chin + 0.55, seen.y)
    neck = smoothstep(soft, -soft, side - girth) * (seen.y > 0.3)
    slope = chin + 0.34 + 0.24 * side * np.sqrt(side)
    garment = smoothstep(-soft, soft, seen.y - slope) * (1 - _opening(outfit, seen, chin, soft))
    under = (0.38 + 0.62 * smoothstep(chin - 0.25, chin + 0.5, seen.y)) * _round(seen.x / 0.75, light)
    skin = tinted(0.86 * under, np.square(head.person.skin) * _lit(light))
    drape = _round(seen.x / 2.2, light) * _pleats(seen, slope)
    first, second = (np.square(colour) * _lit(light) for colour in (outfit.colour, outfit.second))
    dress = over(tinted(drape, first), tinted(drape, second), 0.7 * _pattern(outfit, seen, soft))
    return over(skin, dress, garment), np.maximum(neck, garment).astype(np.float32)


def _lit(light: Light) -> np.ndarray:
    return 0.75 * np.array(light.key) + np.array(light.ambient)


def _opening(outfit: Outfit, seen: View, chin: float, soft: float) -> np.ndarray:
    """Coverage of the neckline's opening."""
    side = np.abs(seen.x)
    drop = {
        "crew": 0.62 - 0.55 * side**2,
        "vee": 1.05 - 1.1 * side,
        "shirt": 0.80 - 0.95 * side,
        "high": 0.25 + 0.05 * side,
    }[outfit.collar]
    return smoothstep(soft, -soft, seen.y - chin - drop)


def _round(across: np.ndarray, light: Light) -> np.ndarray:
    """Shading of an upright cylinder, `across` in [-1, 1] from edge to edge."""
    x = np.clip(across, -0.98, 0.98)
    facing = light.direction[0] * x + light.direction[2] * np.sqrt(1 - x**2)
    return 0.35 + 0.65 * np.clip((facing + 0.3) / 1.3, 0, 1)


def _pattern(outfit: Outfit, seen: View, soft: float) -> np.ndarray:
    """How much of the second colour shows, in [0, 1]: (h, w)."""
    edge = 1.5 * soft * outfit.pitch
    rows = smoothstep(-edge, edge, np.sin(seen.y * outfit.pitch))
    if outfit.weave == "stripes":
        return rows
    if outfit.weave == "checks":
        return 0.5 * rows + 0.5 * smoothstep(-edge, edge, np.sin(seen.x * outfit.pitch))
    return np.zeros_like(rows)


def _pleats(seen: View, slope: np.ndarray) -> np.ndarray:
    """Soft folds falling from the shoulders, and the shade of the head on the chest."""
    folds = 1 + 0.10 * np.sin(9 * seen.x + 2.5 * np.sin(1.7 * seen.y)) * smoothstep(0.0, 0.5, seen.y - slope)
    return folds * (0.72 + 0.28 * smoothstep(0.0, 0.35, seen.y - slope + 0.1 * np.abs(seen.x)))
