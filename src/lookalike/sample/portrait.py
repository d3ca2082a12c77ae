"""A lit, posed, dressed head before a background: what photographs and drawings alike start from."""

from dataclasses import dataclass

import cv2
import numpy as np

from lookalike.sample.canvas import over
from lookalike.sample.head import Head, Surface
from lookalike.sample.light import Light, shade
from lookalike.sample.pose import Pose, View, project, view
from lookalike.sample.wardrobe import Outfit, bust

OVERSAMPLING = 1.5  # pictures are drawn this much larger, then averaged down


@dataclass(frozen=True)
class Portrait:
    """`image` (side, side, 3) float32 sRGB in [0, 1]; `subject` (side, side) float32, the sitter's coverage."""

    image: np.ndarray
    subject: np.ndarray


def sit(head: Head, pose: Pose, light: Light, outfit: Outfit, background: np.ndarray) -> Portrait:
    """Picture a head: background, hair behind, shoulders, face, each over the one before.

    Args:
        head: the sitter.
        pose: how they are turned and where they stand.
        light: the light they are in.
        outfit: what they wear.
        background: (side, side, 3) float32, linear light.
    """
    side = background.shape[0]
    seen = view(pose, side)
    turned = light.turned(pose.yaw, pose.pitch)
    columns, rows = project(head, pose, seen)
    below = View(seen.x[side * 2 // 5 :], seen.y[side * 2 // 5 :])  # no neck or shoulder is higher up
    image, subject = background.copy(), np.zeros((side, side), np.float32)
    _lay(image, subject, *_look(head, head.back, turned, columns, rows))
    _lay(image[side * 2 // 5 :], subject[side * 2 // 5 :], *bust(head, outfit, below, light))
    _lay(image, subject, *_look(head, head.front, turned, columns, rows))
    return Portrait(np.sqrt(np.clip(_roll_off(image), 0, 1)), subject)


def _lay(image: np.ndarray, subject: np.ndarray, colour: np.ndarray, coverage: np.ndarray) -> None:
    """Lay one layer over the picture, in place."""
    image[...] = over(image, colour, coverage)
    np.maximum(subject, coverage, out=subject)


def _look(
    head: Head, surface: Surface, light: Light, columns: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Colour and coverage of a surface as projected."""
    if not surface.coverage.any():
        return np.zeros(3, np.float32), np.zeros(columns.shape, np.float32)
    colour = shade(head.canvas, surface, light)
    return (
        cv2.remap(colour, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        cv2.remap(surface.coverage, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT),
    )


def _roll_off(radiance: np.ndarray) -> np.ndarray:
    """Compress highlights softly: linear to 0.5, then towards 1."""
    bright = np.maximum(radiance - 0.5, 0)
    return np.minimum(radiance, 0.5) + bright / (1 + bright / 0.5)
