"""One person's head, modelled once and then photographed or drawn many times."""

from dataclasses import dataclass

import numpy as np

from lookalike.sample import features, hair
from lookalike.sample.canvas import Canvas, over, tinted
from lookalike.sample.identity import Identity
from lookalike.sample.relief import normals, outline, sculpt


@dataclass(frozen=True)
class Surface:
    """What light falls on, all float32: linear colour (h, w, 3), unit normals (h, w, 3), and five maps (h, w).

    `coverage` is in [0, 1], `height` in units, `open` is how much of the sky a hollow sees, `gloss` how much it shines,
    `bleed` how far light spreads under it.
    """

    colour: np.ndarray
    normal: np.ndarray
    coverage: np.ndarray
    height: np.ndarray
    open: np.ndarray
    gloss: np.ndarray
    bleed: np.ndarray


@dataclass(frozen=True)
class Head:
    """The front of the head, the hair behind it, and the smooth depth by which it turns: (h, w) float32."""

    person: Identity
    canvas: Canvas
    front: Surface
    back: Surface
    depth: np.ndarray


def model(person: Identity, scale: float) -> Head:
    """Model a head at `scale` pixels a unit; the same person and scale give the same head."""
    canvas = Canvas(scale)
    rng = np.random.default_rng(person.texture)
    bare = sculpt(canvas, person)
    front = _front(canvas, person, bare, rng)
    rear = hair.behind(canvas, person, rng)
    colour = _linear(tinted(np.clip(rear.tone, 0.2, 2), person.hair.colour))
    back = _surface(canvas, colour, rear.coverage, rear.lift, np.full(canvas.shape, 0.25))
    return Head(person, canvas, front, back, canvas.blur(bare, 0.06))


def _front(canvas: Canvas, person: Identity, bare: np.ndarray, rng: np.random.Generator) -> Surface:
    face = features.skin(canvas, person, rng)
    face, mouth = features.lips(canvas, person, face)
    face = features.nostrils(canvas, person, face)
    face, balls = features.eyes(canvas, person, face)
    beard, scalp = hair.beard(canvas, person, rng), hair.scalp(canvas, person, rng)
    whiskers = beard.coverage * (1 - mouth)
    face = over(face, tinted(0.85 * beard.tone, person.hair.colour), whiskers)
    face = features.brows(canvas, person, face, rng)
    face = over(face, tinted(np.clip(scalp.tone, 0.2, 2), person.hair.colour), scalp.coverage)
    frames = features.glasses(canvas, person)
    face = over(face, (0.10, 0.09, 0.09), frames * (1 - scalp.coverage))
    skin = np.maximum(canvas.polygon(outline(person.skull)), _ears(canvas, person))
    gloss = 0.15 + 0.12 * mouth - 0.05 * balls + 0.12 * scalp.coverage - 0.1 * whiskers
    height = bare + beard.lift + scalp.lift + 0.03 * frames
    return _surface(canvas, _linear(face), np.maximum(skin, scalp.coverage), height, gloss)


def _ears(canvas: Canvas, person: Identity) -> np.ndarray:
    """Coverage of both ears."""
    size, across = person.skull.ear, np.abs(canvas.x) - person.skull.cheek * 0.98
    radius = np.hypot(across / (size * 0.5), (canvas.y - 0.16 + 0.25 * across) / size)
    return canvas.cover((1 - radius) * size * 0.5, 1.5)


def _linear(colour: np.ndarray) -> np.ndarray:
    """sRGB to linear light, by the square that stands in for the curve throughout this package."""
    return np.clip(colour, 0, 1) ** 2


def _surface(
    canvas: Canvas, colour: np.ndarray, coverage: np.ndarray, height: np.ndarray, gloss: np.ndarray
) -> Surface:
    height = height.astype(np.float32)
    hollow = np.clip(1 + 2.2 * (height - canvas.blur(height, 0.10)), 0.45, 1.15)
    arrays = (colour, normals(height, canvas.scale), coverage, height, hollow, gloss, np.clip(1 - 2 * gloss, 0.3, 1))
    return Surface(*(np.ascontiguousarray(array, dtype=np.float32) for array in arrays))
