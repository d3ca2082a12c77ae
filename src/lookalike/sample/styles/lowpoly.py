"""Low-poly: the picture as a mesh of flat triangles, finer where there is more to see."""

import cv2
import numpy as np

from lookalike.sample.portrait import Portrait
from lookalike.sample.styles.strokes import luminance, regrade


def lowpoly(portrait: Portrait, rng: np.random.Generator) -> np.ndarray:
    """Triangulate the picture and fill every triangle with its colour."""
    image = regrade(portrait.image, rng, 0.35)
    side = image.shape[0]
    triangles = _mesh(_points(luminance(portrait.image), portrait.subject, rng), side)
    centres = np.clip(triangles.mean(axis=1), 0, side - 1).astype(int)
    colours = cv2.GaussianBlur(image, (0, 0), 1.2)[centres[:, 1], centres[:, 0]]
    colours = colours * rng.uniform(0.95, 1.05, (len(colours), 1))
    canvas = np.zeros_like(image)
    for corners, colour in zip(np.round(triangles * 16).astype(np.int32), colours.tolist(), strict=True):
        cv2.fillConvexPoly(canvas, corners, colour, cv2.LINE_8, 4)
    return np.clip(canvas, 0, 1)


def _points(grey: np.ndarray, subject: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Vertices: many along edges of the sitter, a loose grid elsewhere, and the frame: (n, 2) x, y."""
    side = grey.shape[0]
    calm = cv2.GaussianBlur(grey, (0, 0), 1.0)
    edges = np.hypot(cv2.Sobel(calm, cv2.CV_32F, 1, 0), cv2.Sobel(calm, cv2.CV_32F, 0, 1))
    chance = np.minimum(cv2.GaussianBlur(edges, (0, 0), 0.8), 0.5) * (0.15 + 0.85 * subject) + 0.004
    total = np.cumsum(chance.ravel(), dtype=np.float64)
    picked = np.searchsorted(total, rng.random(1300) * total[-1])
    detail = np.stack([picked % side, picked // side], 1).astype(float)
    grid = np.stack(np.meshgrid(*[np.linspace(0, side - 1, 12)] * 2), -1).reshape(-1, 2)
    inner = (grid > 0).all(1) & (grid < side - 1).all(1)
    grid[inner] += rng.uniform(-0.4, 0.4, (int(inner.sum()), 2)) * side / 12
    return np.concatenate([detail, grid])


def _mesh(points: np.ndarray, side: int) -> np.ndarray:
    """Delaunay triangles that lie within the picture: (n, 3, 2) float32."""
    plane = cv2.Subdiv2D((0, 0, side, side))
    plane.insert(np.unique(points.astype(np.float32), axis=0))
    triangles = np.asarray(plane.getTriangleList(), np.float32).reshape(-1, 3, 2)
    return triangles[((triangles >= 0) & (triangles < side)).all(axis=(1, 2))]
