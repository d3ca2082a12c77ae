"""The traits of a bare face, each drawn from a generator.

Lengths are in units of half a face width, measured from the point between the eyes, y downwards. Ranges follow the
usual proportions of portrait drawing (eyes half-way down the head, the nose ending half-way from eyes to chin) and are
wide, because people are to be told apart by shape first and by colour second.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from lookalike.sample.palette import Colour

IRISES: tuple[Colour, ...] = ((0.30, 0.18, 0.09), (0.20, 0.12, 0.07), (0.35, 0.50, 0.62), (0.36, 0.47, 0.30))


@dataclass(frozen=True)
class Skull:
    """Outline and relief of the bare head; the larger `square`, the heavier the jaw."""

    cheek: float
    crown: float
    chin: float
    square: float
    taper: float
    cheekbone: float
    ear: float

    @classmethod
    def draw(cls, rng: np.random.Generator, woman: bool) -> Self:
        """Draw a skull; women's jaws are narrower on average."""
        square = rng.uniform(1.7, 2.7) if woman else rng.uniform(2.1, 3.8)
        return cls(
            cheek=rng.uniform(0.88, 1.12),
            crown=rng.uniform(1.22, 1.44),
            chin=rng.uniform(1.42, 1.82),
            square=square,
            taper=rng.uniform(0.52, 0.74),
            cheekbone=rng.uniform(-0.02, 0.14),
            ear=rng.uniform(0.20, 0.33),
        )


@dataclass(frozen=True)
class Eyes:
    """Half the distance between the eyes, half width, half opening, outward tilt, crease and iris."""

    gap: float
    width: float
    opening: float
    tilt: float
    crease: float
    depth: float
    iris: Colour

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Draw a pair of eyes."""
        return cls(
            gap=rng.uniform(0.37, 0.50),
            width=rng.uniform(0.19, 0.265),
            opening=rng.uniform(0.078, 0.135),
            tilt=rng.uniform(-0.16, 0.22),
            crease=rng.uniform(0.0, 1.0),
            depth=rng.uniform(0.08, 0.20),
            iris=IRISES[rng.integers(len(IRISES))],
        )


@dataclass(frozen=True)
class Brows:
    """Height above the eye, half length, thickness, arch and tilt (positive: the outer end drops)."""

    height: float
    length: float
    thickness: float
    arch: float
    tilt: float

    @classmethod
    def draw(cls, rng: np.random.Generator, woman: bool) -> Self:
        """Draw a pair of brows."""
        thickness = rng.uniform(0.022, 0.055) if woman else rng.uniform(0.032, 0.085)
        return cls(
            height=rng.uniform(0.23, 0.38),
            length=rng.uniform(0.24, 0.36),
            thickness=thickness,
            arch=rng.uniform(0.0, 0.11),
            tilt=rng.uniform(-0.10, 0.07),
        )


@dataclass(frozen=True)
class Nose:
    """Length from the eye line, half width at the wings, width and rise of the bridge, size of the tip."""

    length: float
    width: float
    bridge: float
    rise: float
    tip: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Draw a nose."""
        return cls(
            length=rng.uniform(0.54, 0.80),
            width=rng.uniform(0.17, 0.32),
            bridge=rng.uniform(0.06, 0.13),
            rise=rng.uniform(0.22, 0.38),
            tip=rng.uniform(0.06, 0.16),
        )


@dataclass(frozen=True)
class Mouth:
    """Drop below the nose, half width, lip heights, curve of the seam, lip colour."""

    drop: float
    width: float
    upper: float
    lower: float
    curve: float
    red: float

    @classmethod
    def draw(cls, rng: np.random.Generator, woman: bool) -> Self:
        """Draw a mouth; painted lips are redder."""
        return cls(
            drop=rng.uniform(0.27, 0.38),
            width=rng.uniform(0.27, 0.47),
            upper=rng.uniform(0.035, 0.10),
            lower=rng.uniform(0.055, 0.14),
            curve=rng.uniform(-0.02, 0.07),
            red=rng.uniform(0.45, 1.0) if woman else rng.uniform(0.1, 0.45),
        )
