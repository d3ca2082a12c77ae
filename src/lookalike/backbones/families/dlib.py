"""dlib's face recognition ResNet, run by dlib itself."""

from pathlib import Path

import dlib
import numpy as np
import torch

from lookalike.backbones.base import Backbone
from lookalike.params.models import Precision

DIM = 128


def load(architecture: str, weights: Path, size: int, device: torch.device, precision: Precision) -> Backbone:
    """Return the network for 150-pixel chips; `architecture` only names it, and dlib has one number format."""
    del architecture, size, device, precision
    return DlibBackbone(weights)


class DlibBackbone:
    """A 29-layer ResNet trained with a metric loss on three million faces (dlib.net, 2017)."""

    dim = DIM

    def __init__(self, path: Path) -> None:
        self._network = dlib.face_recognition_model_v1(str(path))

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Return (n, 128) float32 features of (n, 150, 150, 3) uint8 crops."""
        found = self._network.compute_face_descriptor(list(np.ascontiguousarray(crops)))
        return np.array([np.asarray(vector) for vector in found], dtype=np.float32).reshape(-1, DIM)
