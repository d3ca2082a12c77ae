"""The painted parts of a face: skin tone, lips, eyes, brows, marks, glasses. Colour only; relief is elsewhere."""

import cv2
import numpy as np

from lookalike.sample.canvas import Canvas, over, smoothstep, tinted
from lookalike.sample.identity import Identity
from lookalike.sample.relief import mouth_height


def skin(canvas: Canvas, person: Identity, rng: np.random.Generator) -> np.ndarray:
    """Skin with its blush, mottling, freckles and moles: (h, w, 3) float32."""
    tone = np.array(person.skin, np.float32)
    grain = canvas.blur(rng.standard_normal(canvas.shape, dtype=np.float32), 0.02)
    face = tinted(1 + 0.12 * grain, tone)
    flush = 0.30 * canvas.pair(0.56, 0.42, 0.24, 0.2) + 0.35 * canvas.bump(0, person.nose.length, 0.16, 0.12)
    flush += 0.25 * canvas.pair(person.skull.cheek, 0.25, 0.12, 0.3)
    face = over(face, tone * (1.02, 0.78, 0.74), flush)
    shadow = 0.30 * canvas.pair(person.eyes.gap, 0.02, person.eyes.width * 1.35, person.eyes.opening * 1.9 + 0.03)
    face = over(face, tone * (0.66, 0.52, 0.50), shadow)
    spots = canvas.blur((rng.random(canvas.shape) > 0.985).astype(np.float32), 0.012) * 2.5
    face = over(face, tone * (0.75, 0.58, 0.48), np.clip(spots * person.freckles * flush * 3, 0, 0.7))
    for x, y in person.moles:
        face = over(face, tone * 0.35, canvas.cover(0.028 - np.hypot(canvas.x - x, canvas.y - y), 2))
    return face


def lips(canvas: Canvas, person: Identity, face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Paint the lips; returns the face and the lips' coverage (h, w)."""
    mouth = person.mouth
    t = np.clip(canvas.column / mouth.width, -1, 1)
    seam = mouth_height(person) + mouth.curve * (1 - t**2)
    bow = 1 - 0.28 * np.exp(-((t / 0.16) ** 2))
    top = seam - mouth.upper * bow * (1 - t**2) ** 0.8
    bottom = seam + mouth.lower * (1 - t**2) ** 0.6
    coverage = canvas.cover(np.minimum(canvas.y - top, bottom - canvas.y), 2.5) * (np.abs(t) < 1)
    tone = np.array(person.skin)
    red = tone * (0.92, 0.60, 0.58) * (1 - mouth.red) + np.array((0.66, 0.18, 0.22)) * mouth.red
    face = over(face, tinted(np.where(canvas.y < seam, 0.80, 1.0), red), 0.9 * coverage)
    line = np.exp(-0.5 * ((canvas.y - seam) / 0.016) ** 2) * smoothstep(1.06, 0.92, np.abs(canvas.x) / mouth.width)
    return over(face, tone * (0.28, 0.14, 0.14), 0.85 * line), coverage


def nostrils(canvas: Canvas, person: Identity, face: np.ndarray) -> np.ndarray:
    """Darken the nostrils and the crease around the wings."""
    nose, tone = person.nose, np.array(person.skin)
    holes = canvas.pair(nose.width * 0.46, nose.length + 0.015, nose.width * 0.19, 0.022)
    under = 0.45 * canvas.bump(0, nose.length + 0.035, nose.width * 0.7, 0.03)
    crease = 0.35 * canvas.pair(nose.width * 1.08, nose.length - 0.02, 0.022, 0.06)
    return over(face, tone * (0.30, 0.18, 0.16), np.clip(0.9 * holes + under + crease, 0, 0.92))


def eyes(canvas: Canvas, person: Identity, face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Paint both eyes with lids, lashes and crease; returns the face and the eyeballs' coverage (h, w)."""
    trait, tone = person.eyes, np.array(person.skin)
    out = np.abs(canvas.x) - trait.gap
    t = np.clip(out / trait.width, -1, 1)
    y = canvas.y + trait.tilt * out
    lid = -trait.opening * (1 - t**2) ** 0.75
    floor = 0.72 * trait.opening * (1 - np.abs(t) ** 2.4)
    ball = canvas.cover(np.minimum(y - lid, floor - y), 1.5) * (np.abs(t) < 1)
    reach = smoothstep(1.25, 0.9, np.abs(out) / trait.width)
    face = over(face, _eyeball(canvas, person, y - lid), ball)
    lash = np.exp(-0.5 * ((y - lid + 0.008) / (0.020 + 0.008 * t)) ** 2) * reach
    rim = 0.4 * np.exp(-0.5 * ((y - floor) / 0.012) ** 2) * reach
    fold = 0.2 + 0.5 * trait.crease
    crease = fold * np.exp(-0.5 * ((y - 1.25 * lid + 0.055) / 0.014) ** 2) * reach
    face = over(face, tone * (0.42, 0.28, 0.26), np.clip(rim + crease, 0, 1))
    return over(face, (0.07, 0.05, 0.05), 0.92 * lash), ball


def _eyeball(canvas: Canvas, person: Identity, below_lid: np.ndarray) -> np.ndarray:
    """White, iris with its dark ring and pupil, catch-light, and the shadow of the lid."""
    trait = person.eyes
    radius = 0.105
    distance = np.hypot(np.abs(canvas.x) - trait.gap, canvas.y + 0.01)
    white = tinted(np.ones(canvas.shape), (0.84, 0.81, 0.79))
    iris = tinted(1.25 - 0.85 * smoothstep(0.5, 1.0, distance / radius), trait.iris)
    eye = over(white, iris, canvas.cover(radius - distance, 1.5))
    eye = over(eye, (0.03, 0.03, 0.03), canvas.cover(0.043 - distance, 1.5))
    light = np.hypot(np.abs(canvas.x - 0.035) - trait.gap, canvas.y + 0.045)
    eye = over(eye, (1.0, 1.0, 1.0), canvas.cover(0.022 - light, 1.5))
    return over(eye, (0.0, 0.0, 0.0), 0.45 * smoothstep(0.07, 0.0, below_lid))


def brows(canvas: Canvas, person: Identity, face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Paint both brows, hair by hair in effect: a tapering arch broken up by slanted grain."""
    trait = person.brows
    t = (np.abs(canvas.x) - person.eyes.gap - 0.03) / trait.length
    centre = -trait.height - trait.arch * (1 - np.clip(t - 0.25, -1, 1) ** 2) + trait.tilt * t
    half = trait.thickness * (1.0 - 0.62 * smoothstep(0.1, 1.0, t)) * smoothstep(-1.25, -0.75, t)
    inside = (half - np.abs(canvas.y - centre)) / (half + 0.02)
    grain = cv2.filter2D(rng.standard_normal(canvas.shape, dtype=np.float32), -1, _slant(round(canvas.scale / 10)))
    coverage = smoothstep(-0.35, 0.45, inside + 0.25 * grain) * smoothstep(1.08, 0.85, np.abs(t))
    colour = np.array(person.hair.colour) * 0.62 + 0.1 * np.array(person.skin)
    return over(face, colour, 0.88 * coverage)


def _slant(length: int) -> np.ndarray:
    """A diagonal line filter of unit variance gain."""
    kernel = np.eye(max(length, 3), dtype=np.float32)[::-1]
    return np.ascontiguousarray(kernel / np.sqrt(kernel.sum()))


def glasses(canvas: Canvas, person: Identity) -> np.ndarray:
    """Coverage of a pair of frames: (h, w) float32, zero for who wears none."""
    if person.glasses == "none":
        return np.zeros(canvas.shape, np.float32)
    power = 2.2 if person.glasses == "round" else 5.0
    gap, radius = person.eyes.gap + 0.02, person.eyes.gap * 0.78
    across, down = np.abs(np.abs(canvas.x) - gap) / radius, np.abs(canvas.y - 0.06) / (radius * 0.80)
    lens = (across**power + down**power) ** (1 / power)
    rim = canvas.cover(0.022 - np.abs(lens - 1) * radius, 1.5)
    bridge = canvas.cover(0.018 - np.abs(canvas.y + 0.04 - 0.3 * canvas.x**2), 1.5) * (np.abs(canvas.x) < gap - radius)
    arms = canvas.cover(0.022 - np.abs(canvas.y + 0.02), 1.5) * (np.abs(canvas.x) > gap + radius)
    return np.maximum(rim, np.maximum(bridge, arms))
