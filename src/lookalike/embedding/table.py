"""The embedding table: one unit vector an image, with the keys that retrieval needs."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self, TypeVar

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.kit.columns import ascending, categories, matrix, texts
from lookalike.kit.errors import LookalikeError
from lookalike.kit.parquet import metadata_of, read_table, write_table

KEYS = ("image_id", "split", "domain", "label")
# Rows of one file: 512 MB of 512 numbers.
FILE_ROWS = 1 << 18
NOBODY = np.array(None, dtype=object)


@dataclass(frozen=True)
class EmbeddingTable:
    """Embeddings of one model over one dataset, sorted by image id.

    Attributes:
        image_id: (n,) catalogue keys.
        split: (n,) train, query or gallery.
        domain: (n,) real, synthetic or unknown.
        label: (n,) identity of a training image; None for every test image, so that nothing after it can peek.
        embedding: (n, dim) float32, rows of unit length.
        metadata: model, weights_sha256, preprocessing and dim, as text.
    """

    image_id: np.ndarray
    split: np.ndarray
    domain: np.ndarray
    label: np.ndarray
    embedding: np.ndarray
    metadata: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.image_id)
        if any(len(getattr(self, key)) != n for key in KEYS) or self.embedding.ndim != 2 or len(self.embedding) != n:
            raise LookalikeError(f"embedding table: keys of {n} images, embeddings of shape {self.embedding.shape}")
        check_keys(self.image_id, self.split, self.label)
        check_unit_rows(self.embedding, self.image_id, self.metadata)

    @classmethod
    def of(cls, images: Catalog, ok: np.ndarray, embedding: np.ndarray, metadata: dict[str, str]) -> Self:
        """Return the table of the images that could be embedded; how many could not is said and noted.

        Args:
            images: the catalogue's rows.
            ok: (n,) bool, which of them have a vector.
            embedding: (n, dim) float32.
            metadata: text to be kept.
        """
        if aside := int((~ok).sum()):
            print(f"lookalike: {aside} images are set aside; a query among them is a miss", file=sys.stderr)
            metadata = metadata | {"set_aside": str(aside)}
        kept = images.rows(ok)
        # Nothing after this may see who is on a test image.
        label = kept.label.copy()
        label[kept.split != "train"] = None
        shown = metadata | {"dim": str(embedding.shape[1])}
        return cls(kept.image_id, kept.split, kept.domain, label, embedding[ok], shown)

    def __len__(self) -> int:
        return len(self.image_id)

    @property
    def dim(self) -> int:
        """Length of one embedding."""
        return self.embedding.shape[1]

    @property
    def fitted(self) -> bool:
        """Whether the model was fitted on training identities."""
        return self.metadata.get("kept", "frozen") != "frozen"

    def rows(self, index: np.ndarray) -> Self:
        """Return the rows that a boolean mask or an increasing integer index picks."""
        keys = {key: getattr(self, key)[index] for key in KEYS}
        return type(self)(**keys, embedding=self.embedding[index], metadata=self.metadata)

    def of_split(self, split: str) -> Self:
        """Return the rows of one split."""
        return self.rows(self.split == split)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table written by `write`; the embeddings are a view on the file's buffer."""
        table = read_table(path, [*KEYS, "embedding"])
        keys = {key: (texts if key == "image_id" else categories)(table, key) for key in KEYS}
        return cls(**keys, embedding=matrix(table, "embedding"), metadata=metadata_of(table))

    def write(self, path: Path) -> None:
        """Write the table as Parquet, atomically: one file, or above `FILE_ROWS` rows a folder of files."""
        columns = {key: getattr(self, key) for key in KEYS} | {
            "embedding": self.embedding.astype(np.float32, copy=False)
        }
        write_table(path, columns, self.metadata, dictionary=KEYS, rows=FILE_ROWS)


class Images(Protocol):
    """Keys of images under one model, whether or not their vectors are in memory."""

    @property
    def image_id(self) -> np.ndarray:
        """(n,) catalogue keys, sorted."""

    @property
    def metadata(self) -> dict[str, str]:
        """What is noted of the model."""

    def rows(self, index: np.ndarray) -> Self:
        """Return the rows that a boolean mask or an increasing integer index picks."""


Some = TypeVar("Some", bound=Images)


def check_keys(image_id: np.ndarray, split: np.ndarray, label: np.ndarray) -> None:
    """Refuse rows that are not sorted by id or, (n,) each, carry the label of a test image."""
    if not ascending(image_id):
        raise LookalikeError("embedding table: rows must be unique and sorted by image_id")
    if (label[split != "train"] != NOBODY).any():
        raise LookalikeError("embedding table: test images carry labels; they are for scoring alone")


def check_unit_rows(embedding: np.ndarray, image_id: np.ndarray, metadata: Mapping[str, str]) -> None:
    """Refuse vectors, (n, dim), that are not of length 1."""
    # A NaN fails the comparison too, and would silently rank last or first further on.
    # By einsum, because the norm's squares are a second table.
    length = np.sqrt(np.einsum("nd,nd->n", embedding, embedding))
    off = ~(np.abs(length - 1) < 1e-3)
    if off.any():
        raise LookalikeError(
            f"embeddings of model {metadata.get('model', '?')}: {int(off.sum())} rows are not finite unit vectors, "
            f"first {image_id[off][0]}; check the model's weights and its preprocessing"
        )


def shared(tables: Sequence[Some]) -> list[Some]:
    """Return the rows of images that every model embedded: one may have set images aside that others did not.

    Raises:
        LookalikeError: a table lacks more than it set aside, so that it is of other images.
    """
    if all(np.array_equal(table.image_id, tables[0].image_id) for table in tables):
        return list(tables)
    ids = [set(table.image_id) for table in tables]
    everywhere, anywhere = set.intersection(*ids), set.union(*ids)
    if any(len(anywhere) - len(table.image_id) > int(table.metadata.get("set_aside", 0)) for table in tables):
        same_images(tables)
    return [table.rows(np.array([name in everywhere for name in table.image_id], dtype=bool)) for table in tables]


def same_images(tables: Sequence[Images]) -> None:
    """Check that models embedded the same images.

    Raises:
        LookalikeError: they did not, so that rows cannot be fused.
    """
    for table in tables[1:]:
        if not np.array_equal(table.image_id, tables[0].image_id):
            parts = [f"{one.metadata.get('model', '?')} ({len(one.image_id)} images)" for one in (tables[0], table)]
            raise LookalikeError(
                f"embeddings of {' and '.join(parts)} are not of the same images; run `dvc repro` to embed both anew"
            )
