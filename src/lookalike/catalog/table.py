"""The catalogue: one row for every image of a dataset, good or bad."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.kit.columns import ascending, categories, numbers, texts
from lookalike.kit.errors import LookalikeError
from lookalike.kit.parquet import read_table, write_table

SPLITS = ("train", "query", "gallery")
DOMAINS = ("real", "synthetic", "unknown")
OK = "ok"
# Columns that repeat few values.
REPEATED = ("split", "domain", "label", "status")


@dataclass(frozen=True)
class Catalog:
    """A dataset as a table, sorted by image id.

    Attributes:
        image_id: (n,) path of the image relative to the dataset's root, with forward slashes.
        split: (n,) one of `SPLITS`.
        domain: (n,) one of `DOMAINS`.
        label: (n,) identity or class, None where it is not known.
        width: (n,) int32 pixels, upright (after EXIF rotation); 0 where the image cannot be read.
        height: (n,) int32 pixels, as `width`.
        sha256: (n,) digest of the file's bytes.
        status: (n,) `ok`, or why the image was set aside.
    """

    image_id: np.ndarray
    split: np.ndarray
    domain: np.ndarray
    label: np.ndarray
    width: np.ndarray
    height: np.ndarray
    sha256: np.ndarray
    status: np.ndarray

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) > 1:
            raise LookalikeError(f"catalogue columns differ in length: {lengths}")
        if not ascending(self.image_id):
            raise LookalikeError("catalogue rows must be unique and sorted by image_id")
        for name, allowed in (("split", SPLITS), ("domain", DOMAINS)):
            unknown = sorted(set(getattr(self, name)) - set(allowed))
            if unknown:
                raise LookalikeError(f"catalogue column {name} holds {unknown}; expected {allowed}")

    def __len__(self) -> int:
        return len(self.image_id)

    @property
    def ok(self) -> np.ndarray:
        """(n,) bool: the images that can be read."""
        return self.status == OK

    @property
    def size(self) -> np.ndarray:
        """(n, 2) int32 width and height."""
        return np.stack([self.width, self.height], axis=1)

    def rows(self, index: np.ndarray) -> Self:
        """Return the rows that a boolean mask or an integer index picks."""
        return type(self)(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a catalogue written by `write`."""
        table = read_table(path, [field.name for field in fields(cls)])
        columns = {name: categories(table, name) for name in REPEATED} | {
            "width": numbers(table, "width"),
            "height": numbers(table, "height"),
        }
        return cls(image_id=texts(table, "image_id"), sha256=texts(table, "sha256"), **columns)

    def write(self, path: Path) -> None:
        """Write the table as Parquet, atomically."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        write_table(path, columns, dictionary=REPEATED)
