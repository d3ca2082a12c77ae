"""Rankings held against the labels: which retrieved images are right, and how many there were to find."""

from collections import Counter
from dataclasses import dataclass
from typing import Self

import numpy as np

from lookalike.catalog.queries import photographs
from lookalike.catalog.table import Catalog
from lookalike.kit.errors import LookalikeError
from lookalike.metrics.rates import first_hit
from lookalike.retrieval.ranking import Ranking


@dataclass(frozen=True)
class Truth:
    """The labels of a test set, for scoring alone.

    Attributes:
        query_id: (n,) the queries that are scored: labelled, and with a match in the gallery. Sorted.
        query_label: (n,) their labels.
        label_of: gallery image id -> label or None, for every gallery image of the catalogue, embedded or not.
        unanswerable: how many labelled queries have no match in the gallery. They are left out of every rate,
            because no system could answer them, and reported beside it.
        unlabelled: how many queries carry no label.
    """

    query_id: np.ndarray
    query_label: np.ndarray
    label_of: dict[str, str | None]
    unanswerable: int
    unlabelled: int

    @classmethod
    def of(cls, catalog: Catalog) -> "Truth":
        """Read the labels of the test images; an image set aside still counts as one to find."""
        label = dict(zip(catalog.image_id, catalog.label, strict=True))
        asked = photographs(catalog)
        gallery = {name: label[name] for name in catalog.image_id[catalog.split == "gallery"]}
        return cls.of_labels(*_columns({query: label[name] for query, name in asked.items()}), gallery)

    @classmethod
    def of_labels(cls, query_id: np.ndarray, query_label: np.ndarray, label_of: dict[str, str | None]) -> "Truth":
        """Part the queries (n,), sorted by id, into those that can be scored and the others; None is no label."""
        labelled = np.array([label is not None for label in query_label], dtype=bool)
        known = {label for label in label_of.values() if label is not None}
        scored = np.array([label in known for label in query_label], dtype=bool)
        unanswerable = int((labelled & ~scored).sum())
        return cls(query_id[scored], query_label[scored], label_of, unanswerable, int((~labelled).sum()))


@dataclass(frozen=True)
class Judgement:
    """One system's answers to the scored queries.

    Attributes:
        hit: (n, depth) bool: the image at that rank has the query's label.
        total: (n,) int: images of the whole gallery that have it, retrieved or not; at least 1.
        answered: (n,) bool: the query is in the ranking; one that is not is a miss.
        gallery: how many images could have been retrieved; more than the depth where the ranking ends early.
    """

    hit: np.ndarray
    total: np.ndarray
    answered: np.ndarray
    gallery: int

    def __post_init__(self) -> None:
        if len(self.hit) != len(self.total) or len(self.hit) != len(self.answered):
            raise LookalikeError(f"judgement of {len(self.total)} queries holds hits of shape {self.hit.shape}")
        if len(self.total) and self.total.min() < 1:
            raise LookalikeError("a scored query needs at least one match in the gallery")

    def __len__(self) -> int:
        return len(self.total)

    @property
    def first_hit(self) -> np.ndarray:
        """(n,) int: rank of the first right image, from 1; 0 where none was retrieved."""
        return first_hit(self.hit)

    def at_best(self) -> Self:
        """Return the judgement if the right images that are not in the ranking stood right after it.

        No deeper ranking of the same scores can be worth more, so every measure of this is the most that it can be.
        """
        missing = np.where(self.answered, self.total - self.hit.sum(axis=1), 0)
        beyond = np.arange(missing.max(initial=0)) < missing[:, None]
        return type(self)(np.concatenate([self.hit, beyond], axis=1), self.total, self.answered, self.gallery)


def _columns(label_of: dict[str, str | None]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(list(label_of), dtype=object), np.array(list(label_of.values()), dtype=object)


def judge(ranking: Ranking, truth: Truth) -> Judgement:
    """Hold a ranking against the truth.

    Args:
        ranking: any subset of the queries; gallery ids must be in the catalogue.
        truth: labels of the test set.

    Raises:
        LookalikeError: the ranking names a gallery image that the catalogue does not have.
    """
    unknown = [name for name in ranking.gallery_id if name not in truth.label_of]
    if unknown:
        raise LookalikeError(
            f"ranking names {len(unknown)} gallery images that are not in the catalogue: {unknown[:3]}"
        )
    row = scored_rows(ranking, truth)
    answered = row >= 0
    code_of = {label: code for code, label in enumerate(sorted(set(truth.query_label)))}
    query_code = np.array([code_of[label] for label in truth.query_label], dtype=np.int64)
    ranked_code = _codes([truth.label_of[name] for name in ranking.gallery_id], code_of)
    hit = np.zeros((len(row), ranking.depth), dtype=bool)
    hit[answered] = ranked_code[ranking.order[row[answered]]] == query_code[answered, None]
    return Judgement(hit, totals(truth), answered, len(ranking.gallery_id))


def scored_rows(ranking: Ranking, truth: Truth) -> np.ndarray:
    """Return (n,) int64: each scored query's row in a ranking; -1 for one that it lacks."""
    row_of = {name: row for row, name in enumerate(ranking.query_id)}
    return np.array([row_of.get(name, -1) for name in truth.query_id], dtype=np.int64)


def totals(truth: Truth) -> np.ndarray:
    """Return (n,) int64: for every scored query, how many images of the whole gallery have its label."""
    count = Counter(truth.label_of.values())
    return np.array([count[label] for label in truth.query_label], dtype=np.int64)


def _codes(labels: list[str | None], code_of: dict[str, int]) -> np.ndarray:
    return np.array([-1 if label is None else code_of.get(label, -1) for label in labels], dtype=np.int64)
