"""Light and the shading of a relief under it."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from lookalike.sample.canvas import Canvas
from lookalike.sample.head import Surface

# How far light bleeds past the terminator in red, green and blue: blood makes shadows on skin warm.
BLEED = np.array((0.42, 0.26, 0.22), np.float32)


@dataclass(frozen=True)
class Light:
    """A key light (unit direction towards it, x right, y down, z to the viewer), and a soft light from all round."""

    direction: tuple[float, float, float]
    key: tuple[float, float, float]
    ambient: tuple[float, float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator, drama: float = 1.0) -> Self:
        """Draw a light; `drama` scales how far it strays from the camera's side and how coloured it is."""
        azimuth = np.radians(rng.normal(0, 38 * drama))
        elevation = np.radians(rng.uniform(8, 48))
        flat = np.cos(elevation)
        warm = rng.normal(0, 0.10 * drama)
        strength = rng.uniform(0.75, 1.05)
        fill = rng.uniform(0.20, 0.42)
        return cls(
            direction=(float(flat * np.sin(azimuth)), float(-np.sin(elevation)), float(flat * np.cos(azimuth))),
            key=(strength * (1 + warm), strength, strength * (1 - 1.4 * warm)),
            ambient=(fill * (1 - warm), fill, fill * (1 + 1.4 * warm)),
        )

    def turned(self, yaw: float, pitch: float) -> "Light":
        """The same light seen from a head turned by yaw and pitch (radians)."""
        x, y, z = self.direction
        x, z = x * np.cos(yaw) - z * np.sin(yaw), x * np.sin(yaw) + z * np.cos(yaw)
        y, z = y * np.cos(pitch) - z * np.sin(pitch), y * np.sin(pitch) + z * np.cos(pitch)
        return Light((float(x), float(y), float(z)), self.key, self.ambient)


def shade(canvas: Canvas, surface: Surface, light: Light) -> np.ndarray:
    """Light leaving the surface: (h, w, 3) float32, linear.

    Lambert with a wrapped terminator for skin, Blinn-Phong gloss, cast shadows, and hollows darkened.
    """
    towards = np.array(light.direction, np.float32)
    half = towards + np.array((0, 0, 1), np.float32)
    facing = surface.normal @ towards
    lit = shadows(canvas, surface.height, light)
    gleam = np.clip(surface.normal @ (half / np.linalg.norm(half)), 0, 1)
    for _ in range(3):
        gleam *= gleam
    gleam = gleam**3 * lit * surface.gloss * 0.55
    planes = []
    for albedo, bleed, key, ambient in zip(cv2.split(surface.colour), BLEED, light.key, light.ambient, strict=True):
        wrap = bleed * surface.bleed
        diffuse = np.maximum((facing + wrap) / (1 + wrap), 0) * lit
        received = diffuse * np.float32(key) + surface.open * np.float32(ambient)
        planes.append(albedo * received + gleam * np.float32(key))
    return cv2.merge(planes)


def shadows(canvas: Canvas, height: np.ndarray, light: Light) -> np.ndarray:
    """Soft visibility of the key light in [0.25, 1]: four steps along the ray, at a third of the resolution."""
    x, y, z = light.direction
    small = cv2.resize(height, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
    scale, slope = canvas.scale / 3, z / max(float(np.hypot(x, y)), 0.15)
    blocked = np.zeros_like(small)
    for step in (0.07, 0.14, 0.24, 0.36):
        move = np.array([[1, 0, -x * step * scale], [0, 1, -y * step * scale]], np.float32)
        ahead = cv2.warpAffine(small, move, small.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        np.maximum(blocked, ahead - small - step * slope, out=blocked)
    soft = cv2.GaussianBlur(np.clip(1 - 7 * blocked, 0.25, 1), (0, 0), 1.2)
    return cv2.resize(soft, height.shape[::-1], interpolation=cv2.INTER_LINEAR)
