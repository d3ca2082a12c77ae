"""The images that are searched."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.table import FaceTable
from lookalike.kit.errors import LookalikeError
from lookalike.tools.search.run import SearchRun


@dataclass(frozen=True)
class Gallery:
    """Readable images with their embeddings, sorted by image id.

    Attributes:
        folder: what image ids are relative to.
        catalog: n rows with status ok.
        faces: their faces; None for images that are shown whole.
        embedding: model -> (n, dim) float32 unit rows.
    """

    folder: Path
    catalog: Catalog
    faces: FaceTable | None
    embedding: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.catalog)

    @classmethod
    def of_run(cls, run: SearchRun) -> Self:
        """Return the gallery that the run itself was tested on."""
        images, found = catalogued(run)
        chosen = images.split == "gallery"
        catalog, faces = images.rows(chosen), None if found is None else found.rows(chosen)
        embedding = {model: table.embedding[table.split == "gallery"] for model, table in run.tables.items()}
        if len(catalog) == 0:
            raise LookalikeError(f"{run.images}: the run's gallery holds no readable image; name a folder of images")
        return cls(run.images, catalog, faces, embedding)

    def row(self, image_id: str) -> int:
        """Return the row of an image.

        Raises:
            LookalikeError: the gallery does not list it.
        """
        place = int(np.searchsorted(self.catalog.image_id, image_id))
        if place == len(self) or self.catalog.image_id[place] != image_id:
            raise LookalikeError(f"{image_id!a}: no image of the gallery {self.folder} has this id")
        return place

    def path(self, image_id: str) -> Path:
        """Return the file of an image; only what the gallery lists has one, so no id leads anywhere else.

        Raises:
            LookalikeError: the gallery does not list it.
        """
        return self.folder / str(self.catalog.image_id[self.row(image_id)])


def catalogued(run: SearchRun) -> tuple[Catalog, FaceTable | None]:
    """Return the readable images of the run's dataset, and their faces where it has any."""
    catalog = run.files.catalog
    return catalog.rows(catalog.ok), run.files.faces if run.params.dataset.crop else None
