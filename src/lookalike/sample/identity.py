"""A person: the traits of their face, their hair, and what they wear on it, the same in every picture of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from lookalike.sample.palette import Colour, rgb
from lookalike.sample.traits import Brows, Eyes, Mouth, Nose, Skull

SKINS: tuple[Colour, ...] = (
    (0.96, 0.82, 0.73),
    (0.93, 0.76, 0.65),
    (0.88, 0.70, 0.56),
    (0.82, 0.62, 0.47),
    (0.72, 0.52, 0.38),
    (0.58, 0.40, 0.29),
    (0.46, 0.31, 0.23),
)
HAIRS: tuple[Colour, ...] = (
    (0.09, 0.08, 0.08),
    (0.19, 0.13, 0.10),
    (0.33, 0.21, 0.13),
    (0.46, 0.31, 0.18),
    (0.72, 0.55, 0.33),
    (0.55, 0.24, 0.12),
)
GREY: Colour = (0.74, 0.73, 0.72)
CUTS_MAN = ("bald", "buzz", "short", "short", "parted", "parted", "curly", "fringe", "long")
CUTS_WOMAN = ("parted", "curly", "fringe", "bob", "bob", "long", "long", "bun", "short")
BEARDS = ("none", "none", "stubble", "moustache", "goatee", "full")
GLASSES = ("none", "none", "none", "none", "round", "square")


@dataclass(frozen=True)
class Hair:
    """Cut, colour, hairline, volume, place of the parting and waviness; beard alike."""

    cut: str
    colour: Colour
    line: float
    volume: float
    part: float
    wave: float
    beard: str

    @classmethod
    def draw(cls, rng: np.random.Generator, woman: bool, age: float) -> Self:
        """Draw hair and beard; the old are greyer."""
        cuts = CUTS_WOMAN if woman else CUTS_MAN
        colour = np.array(HAIRS[rng.integers(len(HAIRS))]) * rng.uniform(0.85, 1.15)
        grey = np.clip((age - 0.55) * 2.0, 0, 0.9)
        return cls(
            cut=cuts[rng.integers(len(cuts))],
            colour=rgb(colour * (1 - grey) + np.array(GREY) * grey),
            line=rng.uniform(-1.0, -0.72),
            volume=rng.uniform(0.08, 0.26),
            part=rng.uniform(-0.7, 0.7),
            wave=rng.uniform(0.0, 1.0),
            beard="none" if woman else BEARDS[rng.integers(len(BEARDS))],
        )


@dataclass(frozen=True)
class Identity:
    """One person: what stays the same in every picture of them."""

    skull: Skull
    eyes: Eyes
    brows: Brows
    nose: Nose
    mouth: Mouth
    hair: Hair
    skin: Colour
    glasses: str
    age: float
    freckles: float
    moles: tuple[tuple[float, float], ...]
    texture: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Draw a person; `texture` seeds the fine grain of skin and hair."""
        woman = bool(rng.random() < 0.5)
        age = float(rng.beta(1.6, 1.8))
        skin = np.array(SKINS[rng.integers(len(SKINS))])
        return cls(
            skull=Skull.draw(rng, woman),
            eyes=Eyes.draw(rng),
            brows=Brows.draw(rng, woman),
            nose=Nose.draw(rng),
            mouth=Mouth.draw(rng, woman),
            hair=Hair.draw(rng, woman, age),
            skin=rgb(skin * rng.uniform(0.96, 1.04, 3)),
            glasses=GLASSES[rng.integers(len(GLASSES))],
            age=age,
            freckles=float(max(0.0, rng.normal(-0.2, 0.5))),
            moles=tuple(
                (float(rng.uniform(-0.75, 0.75)), float(rng.uniform(0.25, 1.25))) for _ in range(rng.integers(0, 3))
            ),
            texture=int(rng.integers(2**31)),
        )
