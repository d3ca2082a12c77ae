"""From a model of the finished run to its files in `exports/<model>`, each checked before it is put there."""

from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.embedding.embedder import Embedder
from lookalike.faces.pack import cut_all
from lookalike.faces.pixels import file_reader
from lookalike.kit.arrays import written_array
from lookalike.kit.files import atomic_path, read_json, sha256_file, write_json
from lookalike.params.models import Recipe
from lookalike.run.run import Run
from lookalike.tools.export.facts import Facts
from lookalike.tools.export.format import CROPS, PARITY, Format
from lookalike.tools.export.gallery import GalleryParity, write_gallery
from lookalike.tools.export.network import load_network
from lookalike.tools.export.parity import Parity, run_in_batches

# Enough to catch a wrong graph, few enough for the largest model on a CPU.
COMPARED = 64


class Exporter:
    """One model of a finished run."""

    def __init__(self, run: Run, model: str, recipe: Recipe) -> None:
        """Name the model and its recipe; nothing is read yet."""
        self._files, self._model, self._recipe = run.files, model, recipe

    def write_model(self, format_: Format, folder: Path) -> Parity:
        """Write the embedder to `folder`, if it gives the embeddings of the run's own embedder on images of the run.

        Raises:
            LookalikeError: the model cannot be exported, an input is missing, or the embeddings differ.
        """
        crops = self._crops()
        network = load_network(self._model, self._recipe, *self._tensors())
        writer = import_module(f"lookalike.tools.export.{format_.value}")
        path = folder / format_.file_name
        with atomic_path(path) as temporary:
            facts = Facts.of(self._files, self._model).as_text()
            writer.write(network, np.repeat(crops[:1], 2, axis=0), facts, temporary)
            found = run_in_batches(writer.runner(temporary, network), crops, self._recipe.embed.batch)
            parity = Parity.of(self._embed(crops), found)
            parity.require(str(path))
        with written_array(folder / CROPS, crops.dtype, crops.shape) as kept:
            kept[...] = crops
        self._record(folder, format_.value, asdict(parity) | {"sha256": sha256_file(path)})
        return parity

    def write_gallery(self, folder: Path) -> GalleryParity:
        """Write the index of the gallery's embeddings as the run made them.

        Raises:
            LookalikeError: the run has no embeddings of the model, or the index answers otherwise than plain cosine.
        """
        parity = write_gallery(folder, self._files.embeddings(self._model))
        self._record(folder, "gallery", asdict(parity))
        return parity

    def _crops(self) -> np.ndarray:
        files, crop = self._files, self._recipe.crop
        images = files.catalog.rows(files.catalog.ok)
        picked = np.arange(0, len(images), -(-len(images) // COMPARED))
        faces = files.faces.require(images.image_id).rows(picked) if files.params.dataset.crop else None
        crops = np.empty((len(picked), crop.size, crop.size, 3), dtype=np.uint8)
        read = file_reader(files.layout.images(files.params.run.dataset))
        cut_all(read, images.rows(picked), faces, crop, crops)
        return crops

    def _embed(self, crops: np.ndarray) -> np.ndarray:
        recipe = self._recipe
        exact = recipe.embed.model_copy(update={"precision": "fp32"})
        blocks = recipe.backbone, recipe.crop.size, recipe.head, exact
        return Embedder.load(*blocks, *self._tensors(), "cpu").embed_all(crops, f"embedding with {self._model}")

    def _tensors(self) -> tuple[Path, Path]:
        """Return the files of the pretrained weights and of what training changed."""
        return self._files.weights(self._model), self._files.trained(self._model)

    def _record(self, folder: Path, key: str, found: dict[str, Any]) -> None:
        """Add to `parity.json`; what it says of another state of the model goes."""
        state = {"model": self._model, "trained_sha256": sha256_file(self._files.trained(self._model))}
        path = folder / PARITY
        known = read_json(path) if path.exists() else {}
        kept = known if all(known.get(name) == value for name, value in state.items()) else {}
        write_json(path, {**kept, **state, key: found})
