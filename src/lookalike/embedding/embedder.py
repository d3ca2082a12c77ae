"""A model ready to embed: backbone, trained tensors over it, head, test-time views."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from lookalike.backbones.base import Backbone
from lookalike.backbones.head import Head, build_head
from lookalike.backbones.registry import load_to_embed
from lookalike.backbones.trained import overlay, part_of, read_trained
from lookalike.embedding.views import views_of
from lookalike.kit.progress import track
from lookalike.params.models import BackboneOptions, EmbedOptions, HeadOptions


class Embedder:
    """From crops to unit embeddings."""

    def __init__(self, backbone: Backbone, head: Head | None, options: EmbedOptions) -> None:
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
        device: torch.device,
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
        training, state = read_trained(trained)
        if training.kept == "frozen":
            return cls(load_to_embed(backbone, size, weights, device, embed.precision), None, embed)
        network = load_to_embed(backbone, size, weights, device, embed.precision, trained)
        layers = build_head(head, network.dim, torch.Generator())
        overlay(layers, part_of(state, "head"), trained)
        return cls(network, layers.eval(), embed)

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Return (n, dim) float32 unit rows: the mean over the views of (n, size, size, 3) uint8 crops."""
        total = sum(_unit(self._project(self._backbone.embed(view))) for view in views_of(crops, self._options.views))
        return _unit(np.asarray(total))

    def embed_all(self, crops: np.ndarray, description: str) -> np.ndarray:
        """Return (n, dim) float32 unit rows, batch by batch, with progress."""
        found = np.zeros((len(crops), self.dim), dtype=np.float32)
        starts = range(0, len(crops), self._options.batch)
        for start in track(starts, description):
            stop = start + self._options.batch
            found[start:stop] = self.embed(crops[start:stop])
        return found

    def _project(self, features: np.ndarray) -> np.ndarray:
        if self._head is None:
            return features
        with torch.inference_mode():
            return np.asarray(self._head(torch.from_numpy(features)).numpy())


def _unit(rows: np.ndarray) -> np.ndarray:
    return nn.functional.normalize(torch.from_numpy(rows), dim=1).numpy()
