"""Hair and beards: where they grow, how they lie, and the strands within."""

from dataclasses import dataclass

import cv2
import numpy as np

from lookalike.sample.canvas import Canvas, smoothstep
from lookalike.sample.identity import Identity
from lookalike.sample.relief import half_width, mouth_height, outline

TIGHT = ("bald", "buzz")
LOOSE = ("bob", "long")


@dataclass(frozen=True)
class Strands:
    """Coverage (h, w), brightness of the strands around 1 (h, w), and height above the skin (h, w)."""

    coverage: np.ndarray
    tone: np.ndarray
    lift: np.ndarray


def combed(canvas: Canvas, x: float, y: float, wave: float, rng: np.random.Generator) -> np.ndarray:
    """Noise drawn out along lines that leave (x, y), waving: (h, w) float32, mean 0, deviation about 1."""
    across, down = canvas.x - x, canvas.y - y
    radius = np.hypot(across, down)
    angle = np.arctan2(across, down) + 0.05 * wave * np.sin(5 * radius + 2 * across)
    table = rng.standard_normal((64, 512), dtype=np.float32)
    fine = cv2.remap(table, (angle * 80 + 256), (radius * 2 + 8), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    broad = cv2.remap(table, (angle * 18 + 256), (radius + 40), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return 0.75 * fine + 0.9 * broad


def curled(canvas: Canvas, size: float, rng: np.random.Generator) -> np.ndarray:
    """Noise in locks `size` units wide: (h, w) float32, mean 0, deviation 1."""
    noise = canvas.blur(rng.standard_normal(canvas.shape, dtype=np.float32), size)
    return (noise - noise.mean()) / noise.std()


def scalp(canvas: Canvas, person: Identity, rng: np.random.Generator) -> Strands:
    """The hair that lies in front of the ears' plane."""
    hair, skull = person.hair, person.skull
    volume = 0.03 if hair.cut in TIGHT else hair.volume * (1.3 if hair.cut == "curly" else 1.0)
    if hair.cut == "curly":
        grain = curled(canvas, 0.035, rng) * 0.9 + 0.4 * curled(canvas, 0.1, rng)
    else:
        grain = combed(canvas, hair.part * 0.6, -skull.crown - 0.30, hair.wave, rng)
    cap = canvas.polygon(outline(skull, volume))
    ragged = 0.035 * grain if hair.cut in ("curly", "fringe") else 0.018 * grain
    if hair.cut == "curly":
        cap = smoothstep(0.35, 0.65, canvas.blur(cap, 0.05) + 0.16 * curled(canvas, 0.05, rng))
    coverage = cap * canvas.cover(hairline(canvas, person) - canvas.y + ragged, 3.5)
    if hair.cut in LOOSE:
        coverage = np.maximum(coverage, _locks(canvas, person, ragged))
    if hair.cut in TIGHT:
        coverage *= 0.80 if hair.cut == "buzz" else 0.45
    rim = smoothstep(0.0, 0.14, hairline(canvas, person) - canvas.y)
    return Strands(coverage, 1 + 0.22 * grain, (0.04 + 0.5 * volume * rim + 0.008 * grain) * coverage)


def hairline(canvas: Canvas, person: Identity) -> np.ndarray:
    """y above which hair grows, for every column, with temples and sideburns: (1, w) float32."""
    hair, column = person.hair, canvas.column
    side = np.abs(column) / person.skull.cheek
    burn = 0.28 if hair.cut in ("short", "parted", "curly", "fringe") else 0.12
    top = hair.line - 0.09 * np.exp(-0.5 * ((side - 0.52) / 0.12) ** 2)
    if hair.cut == "bald":
        top = np.full_like(side, -1.9)
    elif hair.cut == "fringe":
        top = np.full_like(side, -0.50) + 0.10 * hair.part * column
    elif hair.cut in ("parted", "bob", "long"):
        away = (column - hair.part) * (-1 if hair.part > 0 else 1)
        top = top + 0.34 * smoothstep(0.0, 0.9, away) - 0.05
    return top + (burn - top) * smoothstep(0.78, 1.02, side) ** 1.5


def _locks(canvas: Canvas, person: Identity, ragged: np.ndarray) -> np.ndarray:
    """Front locks of loose hair, framing the face."""
    end = 1.25 if person.hair.cut == "bob" else 2.2
    inner = np.maximum(half_width(person.skull, np.minimum(canvas.row, 0.9)) * 0.90, 0.3)
    outer = person.skull.cheek + person.hair.volume * (0.9 + 0.5 * smoothstep(-0.5, 1.2, canvas.row))
    side = np.abs(canvas.x)
    within = np.minimum(1.5 * (side - inner), outer - side) + ragged
    span = smoothstep(-0.55, -0.30, canvas.row) * smoothstep(end + 0.06, end - 0.10, canvas.row + 2 * ragged)
    return canvas.cover(within, 4) * span


def behind(canvas: Canvas, person: Identity, rng: np.random.Generator) -> Strands:
    """The hair behind the head and neck: a fall of loose hair, or a bun."""
    hair, skull = person.hair, person.skull
    grain = combed(canvas, 0.0, -skull.crown - 0.3, hair.wave, rng)
    if hair.cut in LOOSE:
        end = 1.30 if hair.cut == "bob" else 2.25
        outer = skull.cheek + hair.volume * (0.9 + 0.6 * smoothstep(-0.5, 1.6, canvas.row))
        body = canvas.cover(outer - np.abs(canvas.x) + 0.02 * grain, 4) * smoothstep(-0.6, -0.3, canvas.row)
        coverage = body * smoothstep(end + 0.06, end - 0.08, canvas.row + 0.06 * grain)
    elif hair.cut == "bun":
        coverage = canvas.cover(0.40 - np.hypot(canvas.x, canvas.y + skull.crown + 0.12) + 0.01 * grain, 3)
    else:
        coverage = np.zeros(canvas.shape, np.float32)
    return Strands(coverage, 0.62 + 0.16 * grain, 0.02 * grain * coverage)


def beard(canvas: Canvas, person: Identity, rng: np.random.Generator) -> Strands:
    """Beard or moustache, short hairs growing downwards, clear of the lips."""
    kind, y = person.hair.beard, mouth_height(person)
    grain = combed(canvas, 0.0, -2.5, 0.5, rng) * 0.6 + 0.7 * curled(canvas, 0.012, rng)
    side = np.abs(canvas.x) / person.skull.cheek
    edge = y + person.mouth.lower + 0.10 - 0.95 * smoothstep(0.28, 1.0, side) ** 1.3
    full = smoothstep(-0.06, 0.10, canvas.y - edge + 0.02 * grain)
    upper = (person.nose.length + y) / 2 + 0.05 + 0.25 * (canvas.x / 0.6) ** 2
    moustache = smoothstep(0.10, 0.035, np.abs(canvas.y - upper) - 0.01 * grain)
    moustache *= smoothstep(person.mouth.width * 1.35, person.mouth.width, np.abs(canvas.x))
    chin = smoothstep(1.1, 0.7, np.hypot(canvas.x / 0.42, (canvas.y - person.skull.chin + 0.08) / 0.36) - 0.05 * grain)
    shape = {
        "full": np.maximum(full, moustache),
        "stubble": 0.42 * np.maximum(full, moustache),
        "goatee": np.maximum(chin, moustache),
        "moustache": moustache,
        "none": np.zeros(canvas.shape, np.float32),
    }[kind]
    thin = np.clip(0.86 + 0.16 * grain, 0.4, 0.97) * shape
    return Strands(thin, 1 + 0.18 * grain, (0.03 + 0.006 * grain) * thin)
