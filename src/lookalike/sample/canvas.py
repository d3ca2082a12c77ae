"""The frontal plane on which one head is modelled, and the smooth shapes everything on it is made of."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

LEFT, TOP, WIDTH, HEIGHT = -1.6, -2.0, 3.2, 4.4


@dataclass(frozen=True)
class Canvas:
    """A grid over [LEFT, LEFT + WIDTH] x [TOP, TOP + HEIGHT], `scale` pixels a unit, y downwards.

    The unit is half a face width and the origin lies between the eyes.
    """

    scale: float

    @cached_property
    def column(self) -> np.ndarray:
        """x of every column: (1, w) float32."""
        return (LEFT + np.arange(round(WIDTH * self.scale), dtype=np.float32) / self.scale)[None, :]

    @cached_property
    def row(self) -> np.ndarray:
        """y of every row: (h, 1) float32."""
        return (TOP + np.arange(round(HEIGHT * self.scale), dtype=np.float32) / self.scale)[:, None]

    @cached_property
    def x(self) -> np.ndarray:
        """x of every pixel: (h, w) float32."""
        return np.broadcast_to(self.column, self.shape).copy()

    @cached_property
    def y(self) -> np.ndarray:
        """y of every pixel: (h, w) float32."""
        return np.broadcast_to(self.row, self.shape).copy()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.row.size, self.column.size

    def bump(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        """A Gaussian hill of height 1 at (x, y), the product of two profiles: (h, w) float32."""
        across = np.exp(-0.5 * ((self.column - x) / width) ** 2)
        down = np.exp(-0.5 * ((self.row - y) / height) ** 2)
        return across * down

    def pair(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        """Two hills, at x and -x."""
        return self.bump(x, y, width, height) + self.bump(-x, y, width, height)

    def cover(self, inside: np.ndarray, soft: float = 1.0) -> np.ndarray:
        """Coverage in [0, 1] of the region where a signed distance in units is positive, `soft` pixels wide."""
        return np.clip(0.5 + inside * (self.scale / soft), 0.0, 1.0)

    def polygon(self, points: np.ndarray) -> np.ndarray:
        """Antialiased coverage of a polygon, points (n, 2) in units: (h, w) float32 in [0, 1]."""
        fixed = np.round((points - (LEFT, TOP)) * self.scale * 16).astype(np.int32)
        image = np.zeros(self.shape, np.uint8)
        cv2.fillPoly(image, [fixed], 255, cv2.LINE_AA, 4)
        return image.astype(np.float32) / 255

    def blur(self, image: np.ndarray, radius: float) -> np.ndarray:
        """Gaussian blur, standard deviation `radius` units."""
        return cv2.GaussianBlur(image, (0, 0), radius * self.scale)


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, a cubic between (falls when low > high)."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def over(base: np.ndarray, colour: tuple[float, float, float] | np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """Lay a colour (3,), or a picture (h, w, 3), over (h, w, 3) with the given (h, w) coverage: float32.

    Plane by plane, because numpy is slow over an innermost axis of three.
    """
    top = np.asarray(colour, np.float32)
    planes = cv2.split(top) if top.ndim == 3 else tuple(top)
    mix = coverage.astype(np.float32, copy=False)
    return cv2.merge([below + (plane - below) * mix for below, plane in zip(cv2.split(base), planes, strict=True)])


def tinted(plane: np.ndarray, colour: tuple[float, float, float] | np.ndarray) -> np.ndarray:
    """A grey picture (h, w) times a colour (3,): (h, w, 3) float32."""
    grey = plane.astype(np.float32, copy=False)
    return cv2.merge([grey * np.float32(value) for value in colour])
