"""A model ready to embed: backbone, trained tensors over it, head, test-time views."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lookalike.backbones.base import Backbone, in_turn
from lookalike.backbones.compiled import load_to_embed
from lookalike.backbones.registry import Device, torch_device
from lookalike.backbones.trained import overlay, part_of, read_trained, read_training
from lookalike.embedding.views import views_of
from lookalike.kit.progress import track
from lookalike.params.models import BackboneOptions, EmbedOptions, HeadOptions
from lookalike.weights.note import check_weights

if TYPE_CHECKING:
    # A model as published has no head, and needs no torch where its network is compiled.
    from lookalike.backbones.head import Head

# Floats that are summed side by side, and the least length that is divided by: torch's `normalize` to the last bit.
LANES, LEAST = 8, np.float32(1e-12)
# Rows that a trained head is always shown at once: in another shape, its sums are rounded otherwise.
HEAD_ROWS = 32


class Embedder:
    """From crops to unit embeddings."""

    def __init__(self, backbone: Backbone, head: "Head | None", options: EmbedOptions) -> None:
        """Join a backbone, its trained head where there is one, and how images are embedded."""
        self._backbone, self._head, self._options = backbone, head, options
        self.dim = head.dim if head is not None else backbone.dim
        self.batch = options.batch

    @classmethod
    def load(
        cls,
        backbone: BackboneOptions,
        size: int,
        head: HeadOptions,
        embed: EmbedOptions,
        weights: Path,
        trained: Path,
        device: Device,
    ) -> "Embedder":
        """Load pretrained weights and what training changed.

        Args:
            backbone: the published network.
            size: side of the crops in pixels.
            head: what stands behind it where it was trained.
            embed: batch, precision and views.
            weights: the published file.
            trained: what training changed.
            device: where it runs.

        Raises:
            LookalikeError: a file is missing, damaged, or does not fit the recipe.
        """
        training = read_training(trained)
        check_weights(weights, training.weights_sha256)
        if training.kept == "frozen":
            return cls(load_to_embed(backbone, size, weights, device, embed.precision), None, embed)
        network = load_to_embed(backbone, size, weights, device, embed.precision, trained)
        return cls(network, _trained_head(head, network.dim, trained), embed)

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Return (n, dim) float32 unit rows: the mean over the views of (n, size, size, 3) uint8 crops."""
        parts = [self.begin(crops[start : start + self.batch])() for start in range(0, len(crops), self.batch)]
        return np.concatenate([np.empty((0, self.dim), np.float32), *parts])

    def embed_all(self, crops: np.ndarray, description: str) -> np.ndarray:
        """Return (n, dim) float32 unit rows, batch by batch, with progress."""
        found = np.zeros((len(crops), self.dim), dtype=np.float32)
        batches = [slice(start, start + self.batch) for start in range(0, len(crops), self.batch)]
        begun = (self.begin(crops[rows]) for rows in batches)
        for rows, embedding in zip(track(batches, description), in_turn(begun), strict=True):
            found[rows] = embedding
        return found

    def begin(self, crops: np.ndarray) -> Callable[[], np.ndarray]:
        """Begin to embed every view of n crops, at most a batch; what is returned waits for their (n, dim) unit rows.

        A row depends on its crop alone, whatever stands beside it, and however few there are: what computes a batch at
        once is always shown a whole one.
        """
        n = len(crops)
        shown = crops if self._backbone.alone else padded(crops, self.batch)
        views = [self._backbone.begin(view) for view in views_of(shown, self._options.views)]
        return lambda: _unit(np.asarray(sum(_unit(self._project(features()[:n])) for features in views)))

    def _project(self, features: np.ndarray) -> np.ndarray:
        if self._head is None:
            return features
        import torch

        starts = range(0, len(features), HEAD_ROWS)
        with torch.inference_mode():
            shown = (padded(features[start : start + HEAD_ROWS], HEAD_ROWS) for start in starts)
            rows = [np.asarray(self._head(torch.from_numpy(rows)).numpy()) for rows in shown]
        return np.concatenate(rows)[: len(features)]


def padded(rows: np.ndarray, n: int) -> np.ndarray:
    """Return n rows: those given, and zeros after them."""
    if len(rows) == n:
        return rows
    return np.concatenate([rows, np.zeros((n - len(rows), *rows.shape[1:]), rows.dtype)])


def _trained_head(options: HeadOptions, in_dim: int, trained: Path) -> "Head":
    torch_device("cpu")
    import torch

    from lookalike.backbones.head import build_head

    layers = build_head(options, in_dim, torch.Generator())
    overlay(layers, part_of(read_trained(trained)[1], "head"), trained)
    layers.eval()
    return layers


def _unit(rows: np.ndarray) -> np.ndarray:
    """Return (n, dim) float32 rows scaled to length 1, each computed from itself alone."""
    squares = rows * rows
    whole = rows.shape[1] // LANES * LANES
    lanes = squares[:, :whole].reshape(len(rows), -1, LANES).sum(axis=1)
    length = np.sqrt(np.concatenate([lanes, squares[:, whole:]], axis=1).cumsum(axis=1)[:, -1:])
    return np.asarray(rows / np.maximum(length, LEAST))
