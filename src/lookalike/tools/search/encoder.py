"""From pixels to faces and embeddings, by the code and the options of the run's own stages."""

from typing import TYPE_CHECKING

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.pack import cut_all
from lookalike.faces.pixels import Reader
from lookalike.faces.table import Face, FaceTable
from lookalike.tools.search.run import SearchRun

if TYPE_CHECKING:
    from lookalike.embedding.embedder import Embedder


class Encoder:
    """The run's detectors and models; each is loaded when it is first needed, and torch with it."""

    def __init__(self, run: SearchRun) -> None:
        self._run = run
        self._embedders: dict[str, Embedder] = {}

    def find(self, read: Reader, images: Catalog) -> FaceTable | None:
        """Return a face for every image; None where the run's dataset is shown whole.

        Args:
            read: gives the pixels of an image.
            images: catalogue rows with status ok.
        """
        if not self._run.params.dataset.crop:
            return None
        from lookalike.faces import find

        return find.find_faces(read, images, self._run.params.faces)

    def find_all(self, read: Reader, image: Catalog) -> list[Face]:
        """Return every face of one image, first that which `find` returns; none where the dataset is shown whole.

        Args:
            read: gives the pixels of the image.
            image: its catalogue row.
        """
        if not self._run.params.dataset.crop:
            return []
        from lookalike.faces.find import Finder

        finder = Finder(read, self._run.params.faces)
        return finder.faces(str(image.image_id[0]), int(image.width[0]), int(image.height[0]))

    def embed(self, model: str, read: Reader, images: Catalog, faces: FaceTable | None) -> np.ndarray:
        """Return (n, dim) float32 unit rows, one for every image.

        Args:
            model: one of the run's.
            read: gives the pixels of an image.
            images: n catalogue rows with status ok.
            faces: their faces; None shows the whole image.
        """
        crop = self._run.params.models[model].crop
        embedder = self._embedder(model)
        chips = np.empty((len(images), crop.size, crop.size, 3), dtype=np.uint8)
        cut_all(read, images, faces, crop, chips)
        return embedder.embed_all(chips, f"embedding with {model}")

    def _embedder(self, model: str) -> "Embedder":
        if model not in self._embedders:
            self._embedders[model] = self._run.model(model).load()
        return self._embedders[model]
