"""One model's embeddings: as a table holds them, and placed in one space."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar, cast

import numpy as np

from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.errors import LookalikeError

How = TypeVar("How")


@dataclass(frozen=True)
class Embeddings:
    """What is searched, and what may be learned from.

    Attributes:
        query: (n_query, dim) float32.
        gallery: (n_gallery, dim) float32.
        train: (n_train, dim) float32 images of the training identities.
        train_label: (n_train,) their identities.
        train_domain: (n_train,) real, synthetic or unknown.
    """

    query: np.ndarray
    gallery: np.ndarray
    train: np.ndarray
    train_label: np.ndarray
    train_domain: np.ndarray

    def __post_init__(self) -> None:
        widths = {rows.shape[1] for rows in (self.query, self.gallery, self.train)}
        if len(widths) > 1:
            raise LookalikeError(f"query, gallery and training embeddings differ in length: {sorted(widths)}")

    @classmethod
    def of(cls, table: EmbeddingTable) -> Self:
        """Part a table by split; a split that stands together, as one folder does, is a view and no copy."""
        train = table.split == "train"
        return cls(
            query=_picked(table.embedding, table.split == "query"),
            gallery=_picked(table.embedding, table.split == "gallery"),
            train=_picked(table.embedding, train),
            train_label=table.label[train],
            train_domain=table.domain[train],
        )

    def searching(self, gallery: np.ndarray) -> Self:
        """Return the same with another gallery, (n_gallery, dim)."""
        return replace(self, gallery=gallery)


@dataclass(frozen=True, eq=False)
class Placed:
    """Embeddings after the domain shift: both sides in one space, ready to be compared.

    Equal to itself alone.

    Attributes:
        query: (n_query, dim) float32 unit rows.
        gallery: (n_gallery, dim) float32 unit rows.
        train: (n_train, dim) float32 unit rows, photographs moved as the queries were and all else as the gallery.
        train_label: (n_train,) their identities.
        train_domain: (n_train,) real, synthetic or unknown.
        transductive: whether a query's answer may use the other queries.
    """

    query: np.ndarray
    gallery: np.ndarray
    train: np.ndarray
    train_label: np.ndarray
    train_domain: np.ndarray
    transductive: bool
    _made: dict[Any, tuple[Any, Any]] = field(default_factory=dict, init=False, repr=False)

    def once(self, make: Callable[[Self, How], Self], how: How) -> Self:
        """Return `make(self, how)`; the last that each function made is kept, since the tuner asks for it again."""
        asked, made = self._made.get(make, (None, None))
        if made is None or asked != how:
            made = make(self, how)
            self._made[make] = how, made
        return cast(Self, made)

    @property
    def bank(self) -> np.ndarray:
        """Training photographs, (n_bank, dim): queries that belong to nobody's test."""
        return self.train[self.train_domain == "real"]


def _picked(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
    first, count = int(mask.argmax()) if len(mask) else 0, int(mask.sum())
    return rows[first : first + count] if mask[first : first + count].all() else rows[mask]
