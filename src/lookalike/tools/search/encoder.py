"""From image files to faces and embeddings, by the code and the recipe of the run's own stages."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.embedding.crops import read_crops
from lookalike.faces.pack import write_pack
from lookalike.faces.table import FaceTable
from lookalike.tools.search.company import Company
from lookalike.tools.search.run import SearchRun

if TYPE_CHECKING:
    from lookalike.embedding.embedder import Embedder


class Encoder:
    """The run's detectors and models; each is loaded when it is first needed, and torch with it."""

    def __init__(self, run: SearchRun) -> None:
        self._run = run
        self._embedders: dict[str, Embedder] = {}

    def find(self, folder: Path, images: Catalog, company: Company | None) -> FaceTable | None:
        """Return a face for every image; None where the run's dataset is shown whole.

        Args:
            folder: what image ids are relative to.
            images: catalogue rows with status ok.
            company: like images with known faces; None where there are none.
        """
        if not self._run.params.dataset.crop:
            return None
        from lookalike.faces.search import find_faces
        from lookalike.tools.search.second_look import look_again

        options = self._run.params.faces
        faces = find_faces(folder, images, options)
        if company is None or not company.faces.found.any():
            return faces
        return look_again(folder, images, faces, company, options)

    def embed(self, model: str, folder: Path, images: Catalog, faces: FaceTable | None) -> np.ndarray:
        """Return (n, dim) float32 unit rows, one for every image.

        Args:
            model: one of the run's.
            folder: what image ids are relative to.
            images: n catalogue rows with status ok.
            faces: their faces; None shows the whole image.
        """
        crop = self._run.params.models[model].crop
        embedder = self._embedder(model)
        with TemporaryDirectory() as scratch:
            pack = Path(scratch) / "crops.npy"
            write_pack(pack, folder, images, faces, crop)
            return embedder.embed_all(read_crops(pack, images, crop.size), f"embedding with {model}")

    def _embedder(self, model: str) -> "Embedder":
        if model not in self._embedders:
            weights, trained = self._run.weights(model), self._run.trained(model)
            from lookalike.backbones.registry import choose_device
            from lookalike.embedding.embedder import Embedder

            device = choose_device(self._run.params.run.device)
            self._embedders[model] = Embedder.load(self._run.params.models[model], weights, trained, device)
        return self._embedders[model]
