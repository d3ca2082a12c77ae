"""MTCNN over a batch of equal canvases: the networks of facenet-pytorch, the cascade in few large batches.

Zhang et al., "Joint Face Detection and Alignment using Multitask Cascaded Convolutional Networks" (2016).
facenet-pytorch's own cascade resamples each candidate by itself in torch, which takes most of its time.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from facenet_pytorch.models.mtcnn import ONet, PNet, RNet
from torch import nn
from torchvision.ops import batched_nms

from lookalike.faces.boxes import keep_best_of_nested, shifted, squared
from lookalike.faces.candidates import Candidates
from lookalike.kit.packages import packaged_file

_SHA256 = {
    PNet: "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
    RNet: "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
    ONet: "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
}
_PYRAMID_STEP = 0.709  # about 1/sqrt(2): the area halves from one level to the next
_CELL, _STRIDE = 12, 2  # P-Net's receptive field and stride in pixels
_CHUNK = 512


class Mtcnn:
    """The three networks and the thresholds of their cascade."""

    name = "mtcnn"

    def __init__(self, min_face: float, thresholds: tuple[float, float, float]) -> None:
        """Load the networks from the installed facenet-pytorch.

        Args:
            min_face: side of the smallest face searched for, in pixels of the canvas.
            thresholds: least probability after P-Net, R-Net and O-Net.
        """
        # Batches run side by side, and the number of threads inside one would change its sums.
        torch.set_num_threads(1)
        self._min_face, self._thresholds = min_face, thresholds
        self._pnet, self._rnet, self._onet = (_load(kind) for kind in (PNet, RNet, ONet))

    @torch.inference_mode()
    def detect(self, canvases: np.ndarray) -> list[Candidates]:
        """Return the faces of every canvas.

        Args:
            canvases: (n, height, width, 3) uint8 RGB.
        """
        owner, box = self._propose(canvases)
        owner, box = self._reject(canvases, owner, box)
        faces = self.refine(canvases, owner, box)
        sure = faces.score > self._thresholds[2]
        return [_without_nested(faces.rows(sure & (owner == index))) for index in range(len(canvases))]

    @torch.inference_mode()
    def refine(self, canvases: np.ndarray, owner: np.ndarray, box: np.ndarray) -> Candidates:
        """Return what O-Net makes of each box, were it a face: its probability, better box and landmarks.

        Args:
            canvases: (n, height, width, 3) uint8 RGB.
            owner: (m,) index of each box's canvas.
            box: (m, 4) float32 squares in pixels of the canvas.
        """
        offset, points, probability = _run(self._onet, canvases, owner, box, 48)
        side = (box[:, 2:] - box[:, :2])[:, None]
        # The network gives shares of the box: five x, then five y.
        landmarks = box[:, None, :2] + points.reshape(-1, 2, 5).transpose(0, 2, 1) * side
        return Candidates(shifted(box, offset), probability[:, 1], landmarks)

    def _propose(self, canvases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P-Net slides over every level of the pyramid."""
        levels = [self._scan(*level) for level in _pyramid(canvases, self._min_face)]
        if not levels:
            return np.zeros(0, np.int64), np.zeros((0, 4), np.float32)
        owner, box, score, offset = (np.concatenate(parts) for parts in zip(*levels, strict=True))
        kept = _nms(owner, box, score, 0.7)
        return owner[kept], squared(shifted(box, offset)[kept])

    def _scan(self, level: np.ndarray, scale: float) -> tuple[np.ndarray, ...]:
        offset, probability = (part.numpy() for part in self._pnet(_to_batch(level)))
        owner, row, column = np.nonzero(probability[:, 1] >= self._thresholds[0])
        corner = _STRIDE * np.stack([column, row], axis=1) + 1
        box = np.floor(np.concatenate([corner, corner + _CELL - 1], axis=1) / scale).astype(np.float32)
        score = probability[owner, 1, row, column]
        kept = _nms(owner, box, score, 0.5)
        return owner[kept], box[kept], score[kept], offset[owner, :, row, column][kept]

    def _reject(self, canvases: np.ndarray, owner: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """R-Net drops most proposals and moves the rest."""
        offset, probability = _run(self._rnet, canvases, owner, box, 24)
        passed = np.flatnonzero(probability[:, 1] > self._thresholds[1])
        kept = passed[_nms(owner[passed], box[passed], probability[passed, 1], 0.7)]
        return owner[kept], squared(shifted(box[kept], offset[kept]))


def _load(kind: type[nn.Module]) -> nn.Module:
    inside = f"facenet_pytorch/data/{kind.__name__.lower()}.pt"
    network = kind(pretrained=False)
    path = packaged_file("facenet-pytorch", inside, _SHA256[kind])
    network.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return network.eval().to(memory_format=torch.channels_last)


def _pyramid(canvases: np.ndarray, min_face: float) -> Iterator[tuple[np.ndarray, float]]:
    """Yield levels and their scales: from `min_face` pixels to P-Net's cell, until the canvas is smaller than that."""
    height, width = canvases.shape[1:3]
    scale = _CELL / min_face
    while min(height, width) * scale >= _CELL:
        size = (int(width * scale + 1), int(height * scale + 1))
        # Each level is made of the one before: a third of the work, the same faces.
        canvases = np.stack([cv2.resize(canvas, size, interpolation=cv2.INTER_AREA) for canvas in canvases])
        yield canvases, scale
        scale *= _PYRAMID_STEP


def _to_batch(pixels: np.ndarray) -> torch.Tensor:
    """Return (n, h, w, 3) uint8 as the (n, 3, h, w) float in -1..1 that the networks were trained on."""
    return (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127.5) * 0.0078125


def _nms(owner: np.ndarray, box: np.ndarray, score: np.ndarray, overlap: float) -> np.ndarray:
    return np.asarray(batched_nms(*map(torch.from_numpy, (box, score, owner)), overlap).numpy())


def _run(network: nn.Module, canvases: np.ndarray, owner: np.ndarray, box: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut every box out of its canvas and return the network's outputs, concatenated."""
    # One chip at least: the networks cannot reshape an empty batch.
    chips = np.zeros((max(len(box), 1), size, size, 3), dtype=np.uint8)
    for row, edges in enumerate(np.trunc(box).astype(int)):
        _fill(chips[row], canvases[owner[row]], edges)
    outputs = [network(_to_batch(chips[start : start + _CHUNK])) for start in range(0, len(chips), _CHUNK)]
    return [torch.cat(parts).numpy()[: len(box)] for parts in zip(*outputs, strict=True)]


def _fill(chip: np.ndarray, canvas: np.ndarray, box: np.ndarray) -> None:
    """Resize a box, given by its first and last pixel counted from 1, to the chip; black if it is off the canvas."""
    x1, y1 = np.maximum(box[:2], 1) - 1
    x2, y2 = np.minimum(box[2:], canvas.shape[1::-1])
    if x1 < x2 and y1 < y2:
        cv2.resize(canvas[y1:y2, x1:x2], chip.shape[1::-1], dst=chip, interpolation=cv2.INTER_AREA)


def _without_nested(faces: Candidates) -> Candidates:
    return faces.rows(keep_best_of_nested(faces.box, faces.score, 0.7))
