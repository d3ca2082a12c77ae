"""The bare head as an outline and a height above the frontal plane."""

import cv2
import numpy as np

from lookalike.sample.canvas import Canvas, smoothstep
from lookalike.sample.identity import Identity
from lookalike.sample.traits import Skull

CHEEK_LINE = 0.12


def half_width(skull: Skull, y: np.ndarray) -> np.ndarray:
    """Half the width of the head at height y: a superellipse above the cheekbones, a jaw below."""
    up = np.clip((CHEEK_LINE - y) / (skull.crown + CHEEK_LINE), 0.0, 1.0)
    down = np.clip((y - CHEEK_LINE) / (skull.chin - CHEEK_LINE), 0.0, 1.0)
    dome = (1 - up**2.5) ** 0.42
    jaw = (1 - down**skull.square) ** skull.taper
    return skull.cheek * np.where(y < CHEEK_LINE, dome, jaw)


def outline(skull: Skull, margin: float = 0.0) -> np.ndarray:
    """The head's outline as a closed polygon, (n, 2) float64; hair adds `margin` above the ears."""
    middle, half = (skull.chin - skull.crown) / 2, (skull.chin + skull.crown) / 2
    y = middle - half * np.cos(np.linspace(0, np.pi, 90))
    grow = 1 + margin * smoothstep(0.30, -0.55, y)
    width = half_width(skull, y) * grow
    right = np.stack([width, y * np.where(y < 0, grow, 1)], 1)
    return np.concatenate([right, (right * (-1, 1))[::-1]])


def mouth_height(person: Identity) -> float:
    """y of the seam between the lips."""
    return person.nose.length + person.mouth.drop


def sculpt(canvas: Canvas, person: Identity) -> np.ndarray:
    """Height of the bare face above the plane of the ears, units: (h, w) float32, 0 outside the outline."""
    skull, eyes = person.skull, person.eyes
    width = np.maximum(half_width(skull, canvas.row), 1e-3)
    ratio = np.clip(1 - (canvas.column / width) ** 2, 0.0, 1.0)
    height = 1.0 * ratio**0.62 * (width / skull.cheek) ** 0.6
    height += 0.10 * canvas.pair(0.60, 0.40, 0.26, 0.22) * (0.5 + 6 * skull.cheekbone)
    height -= 0.10 * canvas.pair(0.62, 0.92, 0.22, 0.26) * (0.3 + 5 * skull.cheekbone)
    height -= eyes.depth * canvas.pair(eyes.gap, 0.0, 0.24, 0.13)
    height += 0.06 * canvas.pair(eyes.gap, 0.01, eyes.width * 0.8, eyes.opening * 1.3)
    height += 0.05 * canvas.pair(eyes.gap, -person.brows.height + 0.04, 0.28, 0.08)
    height += 0.09 * canvas.bump(0, skull.chin - 0.24, 0.24, 0.15)
    return (height + _nose(canvas, person) + _mouth(canvas, person) - _folds(canvas, person)).astype(np.float32)


def normals(height: np.ndarray, scale: float) -> np.ndarray:
    """Unit normals of a height field: (h, w, 3) float32."""
    across = cv2.Scharr(height, cv2.CV_32F, 1, 0, scale=scale / 32)
    down = cv2.Scharr(height, cv2.CV_32F, 0, 1, scale=scale / 32)
    length = np.sqrt(across**2 + down**2 + 1)
    return np.stack([-across / length, -down / length, 1 / length], axis=-1)


def _nose(canvas: Canvas, person: Identity) -> np.ndarray:
    """Bridge widening and rising towards the tip, a round tip, and two wings."""
    nose = person.nose
    along = np.clip((canvas.row + 0.22) / (nose.length + 0.22), 0.0, 1.0)
    girth = nose.bridge + (nose.width * 0.55 - nose.bridge) * along**1.4
    fall = smoothstep(nose.length + 0.08, nose.length - 0.12, canvas.row) * smoothstep(-0.32, 0.1, canvas.row)
    bridge = np.exp(-0.5 * (canvas.column / girth) ** 2) * fall * nose.rise * (0.22 + 0.78 * along**1.5)
    tip = nose.tip * canvas.bump(0, nose.length - 0.08, 0.12, 0.085)
    wings = 0.13 * canvas.pair(nose.width * 0.80, nose.length - 0.035, nose.width * 0.26, 0.075)
    return bridge + tip + wings


def _mouth(canvas: Canvas, person: Identity) -> np.ndarray:
    """The mound under the lips, two full lips, the groove between and the hollow below."""
    mouth, y = person.mouth, mouth_height(person)
    mound = 0.07 * canvas.bump(0, y, mouth.width * 0.9, 0.2)
    upper = 0.5 * mouth.upper * canvas.bump(0, y - mouth.upper * 0.5, mouth.width * 0.6, mouth.upper * 0.5)
    lower = 0.7 * mouth.lower * canvas.bump(0, y + mouth.lower * 0.5, mouth.width * 0.5, mouth.lower * 0.5)
    seam = 0.035 * canvas.bump(0, y, mouth.width * 0.7, 0.018)
    hollow = 0.05 * canvas.bump(0, y + mouth.lower + 0.09, mouth.width * 0.5, 0.05)
    philtrum = 0.025 * canvas.bump(0, y - mouth.upper - 0.08, 0.035, 0.07)
    return mound + upper + lower - seam - hollow - philtrum


def _folds(canvas: Canvas, person: Identity) -> np.ndarray:
    """Lines of age: from nose to mouth, across the forehead, under the eyes."""
    age, nose, y = person.age, person.nose, mouth_height(person)
    along = (canvas.row - nose.length + 0.05) / (y - nose.length + 0.15)
    centre = nose.width * 1.15 + (person.mouth.width * 1.12 - nose.width * 1.15) * np.clip(along, 0, 1)
    reach = smoothstep(-0.15, 0.2, along) * smoothstep(1.25, 0.8, along)
    fold = np.exp(-0.5 * ((np.abs(canvas.column) - centre) / 0.035) ** 2) * reach * (0.012 + 0.035 * age)
    ripple = np.maximum(0.0, np.sin((canvas.row + 0.04 * np.cos(2.2 * canvas.column)) * 42)) ** 2
    forehead = ripple * canvas.bump(0, -0.66, 0.45, 0.10) * 0.02 * max(0.0, age - 0.35)
    bags = 0.05 * max(0.0, age - 0.3) * canvas.pair(person.eyes.gap, person.eyes.opening + 0.13, 0.15, 0.02)
    return fold + forehead + bags
