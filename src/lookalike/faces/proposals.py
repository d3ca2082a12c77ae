"""Boxes that may hold a face: P-Net slides over an image at several resolutions, all laid side by side in one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.faces.boxes import shifted, squared, suppress
from lookalike.faces.networks import SlidingNetwork
from lookalike.faces.patches import Patches

CELL, _STRIDE = 12, 2  # P-Net's receptive field and stride in pixels
# Proposals reach as far as their centre stays inside the image.
_ROOM = CELL // 2
# Few sizes, so that the network compiled for one image serves the next.
_ROUND = 24
# Largest overlaps of two proposals, as published: of one resolution, and of all.
_OVERLAP, _OVERLAP_ACROSS = 0.5, 0.7
_APART = 1e6  # pixels; boxes of two resolutions so far from each other do not overlap


@dataclass(frozen=True)
class _Level:
    """An image at the resolution where a face of one size fills P-Net's field.

    Attributes:
        pixels: (height, width, 3) uint8, with black room around; both sides even.
        step: pixels of the canvas for one of the level.
        corner: x and y of the level's first corner in pixels of the canvas, along pixel edges.
    """

    pixels: np.ndarray
    step: float
    corner: float


def propose(pnet: SlidingNetwork, patches: Patches, faces: Sequence[float], least: float) -> np.ndarray:
    """Return (n, 4) float64 squares in pixels of the canvas.

    Args:
        pnet: the network.
        patches: of the canvas.
        faces: sides of the faces to look for, in pixels; at least one.
        least: least probability of a proposal.
    """
    levels = [_level(patches, face) for face in faces]
    probability, offset = pnet(_side_by_side(levels))
    level, row, column = _inside_one(levels, *np.nonzero(probability[1] >= least))
    step, corner, start = (np.array(values)[level] for values in _where(levels))
    first = _STRIDE * np.stack([column - start, row], axis=1) * step[:, None] + corner[:, None]
    box = np.concatenate([first, first + CELL * step[:, None]], axis=1)
    score = probability[1, row, column]
    kept = suppress(box + _APART * level[:, None], score, _OVERLAP)
    kept = kept[suppress(box[kept], score[kept], _OVERLAP_ACROSS)]
    return squared(shifted(box[kept], offset[:, row[kept], column[kept]].T))


def _level(patches: Patches, face: float) -> _Level:
    height, width = patches.halves[0].shape[:2]
    step = face / CELL
    room = min(_ROOM, round(patches.border / step))
    size = [int(2 * np.ceil((side / step + 2 * room) / 2)) for side in (width, height)]
    corner = patches.border - room * step
    pixels = patches.cut((corner, corner), (step, step), (max(size[0], CELL), max(size[1], CELL)))
    return _Level(pixels, step, corner)


def _side_by_side(levels: Sequence[_Level]) -> np.ndarray:
    heights, widths = zip(*(level.pixels.shape[:2] for level in levels), strict=True)
    together = np.zeros((_rounded(max(heights)), _rounded(sum(widths)), 3), dtype=np.uint8)
    left = 0
    for level, height, width in zip(levels, heights, widths, strict=True):
        together[:height, left : left + width] = level.pixels
        left += width
    return together


def _rounded(side: int) -> int:
    return -(-side // _ROUND) * _ROUND


def _where(levels: Sequence[_Level]) -> tuple[list[float], list[float], list[int]]:
    """Return each level's step, its corner and where it starts among P-Net's columns."""
    width = [level.pixels.shape[1] // _STRIDE for level in levels]
    return [one.step for one in levels], [one.corner for one in levels], [sum(width[:i]) for i in range(len(levels))]


def _inside_one(levels: Sequence[_Level], row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return level, row and column of those of P-Net's places whose field lies inside one level."""
    start = np.array(_where(levels)[2])
    height, width = np.array([level.pixels.shape[:2] for level in levels]).T
    level = np.searchsorted(start, column, side="right") - 1
    x, y = _STRIDE * (column - start[level]), _STRIDE * row
    inside = (x + CELL <= width[level]) & (y + CELL <= height[level])
    return level[inside], row[inside], column[inside]
