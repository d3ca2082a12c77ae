"""How a head is held and how its picture is projected."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from lookalike.sample.canvas import LEFT, TOP
from lookalike.sample.head import Head
from lookalike.sample.relief import mouth_height

PIVOT = 0.35  # depth of the axis the head turns about, units


@dataclass(frozen=True)
class Pose:
    """Angles in radians; `zoom` is pixels a unit over the picture's side; `x`, `y` place the eyes, over the side.

    `licence` (2, 6, 6) holds the lens's or the artist's departures from the truth,
    units, on a coarse grid over the picture.
    """

    yaw: float
    pitch: float
    roll: float
    zoom: float
    x: float
    y: float
    smile: float
    licence: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, licence: float) -> Self:
        """Draw a pose a portraitist would accept; `licence` is the deviation of what is drawn out of place, units."""
        return cls(
            yaw=float(np.clip(rng.normal(0, 0.17), -0.34, 0.34)),
            pitch=float(np.clip(rng.normal(0, 0.09), -0.18, 0.18)),
            roll=float(np.clip(rng.normal(0, 0.08), -0.2, 0.2)),
            zoom=rng.uniform(0.195, 0.245),
            x=rng.uniform(0.44, 0.56),
            y=rng.uniform(0.41, 0.47),
            smile=float(np.clip(rng.normal(0.04, 0.045), -0.04, 0.13)),
            licence=rng.normal(0, licence, (2, 6, 6)).astype(np.float32),
        )


@dataclass(frozen=True)
class View:
    """The plane seen by every pixel of a picture, before the head turns: x and y in units, (h, w) float32."""

    x: np.ndarray
    y: np.ndarray


def view(pose: Pose, side: int) -> View:
    """Undo zoom, roll, placement and licence for every pixel of a `side` x `side` picture."""
    across = (np.arange(side, dtype=np.float32)[None, :] - pose.x * side) / (pose.zoom * side)
    down = (np.arange(side, dtype=np.float32)[:, None] - pose.y * side) / (pose.zoom * side)
    cosine, sine = np.float32(np.cos(pose.roll)), np.float32(np.sin(pose.roll))
    bent = [cv2.resize(field, (side, side), interpolation=cv2.INTER_CUBIC) for field in pose.licence]
    return View(across * cosine + down * sine + bent[0], down * cosine - across * sine + bent[1])


def project(head: Head, pose: Pose, seen: View) -> tuple[np.ndarray, np.ndarray]:
    """Where on the head's canvas each pixel looks: column and row maps for `cv2.remap`, (h, w) float32.

    A point (x, y, z) of the turned head appears at (x cos a + z sin a, y cos b + z sin b). The map wanted is
    the inverse; three rounds of fixed-point iteration reach it, since the depth is smooth and the angles are small.
    """
    scale = head.canvas.scale
    columns, rows = _pixels(seen.x, LEFT, scale), _pixels(seen.y, TOP, scale)
    for _ in range(3):
        depth = cv2.remap(head.depth, columns, rows, cv2.INTER_LINEAR) - PIVOT
        columns = _pixels((seen.x - depth * np.float32(np.sin(pose.yaw))) / np.float32(np.cos(pose.yaw)), LEFT, scale)
        rows = _pixels((seen.y - depth * np.float32(np.sin(pose.pitch))) / np.float32(np.cos(pose.pitch)), TOP, scale)
    lift = cv2.remap(_smile(head), columns, rows, cv2.INTER_LINEAR)
    return columns, rows + lift * np.float32(pose.smile * scale)


def _smile(head: Head) -> np.ndarray:
    """How far each point of the face rises per unit of smile: the corners of the mouth, less so the cheeks."""
    mouth, y = head.person.mouth, mouth_height(head.person)
    corners = head.canvas.pair(mouth.width, y, 0.14, 0.16)
    return (corners + 0.5 * head.canvas.pair(0.55, 0.5, 0.2, 0.2)).astype(np.float32)


def _pixels(units: np.ndarray, origin: float, scale: float) -> np.ndarray:
    return (units - np.float32(origin)) * np.float32(scale)
