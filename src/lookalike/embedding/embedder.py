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


class Embedder:
    """From crops to unit embeddings."""

    def __init__(self, backbone: Backbone, head: "Head | None", options: EmbedOptions) -> None:
        """Join a backbone, its trained head where there is one, and how images are embedded."""
        self._backbone, self._head, self._options = backbone, head, options
        self.dim = head.dim if head is not None else backbone.dim

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
        return self._begin(crops)()

    def embed_all(self, crops: np.ndarray, description: str) -> np.ndarray:
        """Return (n, dim) float32 unit rows, batch by batch, with progress."""
        found = np.zeros((len(crops), self.dim), dtype=np.float32)
        batch = self._options.batch
        batches = [slice(start, start + batch) for start in range(0, len(crops), batch)]
        begun = (self._begin(crops[rows]) for rows in batches)
        for rows, embedding in zip(track(batches, description), in_turn(begun), strict=True):
            found[rows] = embedding
        return found

    def _begin(self, crops: np.ndarray) -> Callable[[], np.ndarray]:
        """Begin to embed every view of the crops; what is returned waits for their (n, dim) unit rows."""
        views = [self._backbone.begin(view) for view in views_of(crops, self._options.views)]
        return lambda: _unit(np.asarray(sum(_unit(self._project(features())) for features in views)))

    def _project(self, features: np.ndarray) -> np.ndarray:
        if self._head is None:
            return features
        import torch

        with torch.inference_mode():
            return np.asarray(self._head(torch.from_numpy(features)).numpy())


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
