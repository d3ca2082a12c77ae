"""Training images as arrays, and which of them are held out in turn."""

from dataclasses import dataclass

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.kit.errors import LookalikeError
from lookalike.params.validation import ValidationOptions
from lookalike.validation.parts import part_of
from lookalike.validation.protocol import answerable, sides


@dataclass(frozen=True)
class LabelledCrops:
    """Training images: crops with identities and domains.

    Attributes:
        crops: (n, size, size, 3) uint8.
        label: (n,) identities.
        domain: (n,) real, synthetic or unknown.
    """

    crops: np.ndarray
    label: np.ndarray
    domain: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    def rows(self, index: np.ndarray) -> "LabelledCrops":
        """Return the images that a boolean mask or an integer index picks."""
        return LabelledCrops(self.crops[index], self.label[index], self.domain[index])


@dataclass(frozen=True)
class TrainingSet:
    """Training images, and the parts of them that judge what was fitted without them.

    Attributes:
        images: all that have an identity.
        part: (n,) int64, the part that each image's identity is in.
        judges: the parts that are held out in turn.
    """

    images: LabelledCrops
    part: np.ndarray
    judges: tuple[int, ...]

    @property
    def all_teach(self) -> bool:
        """Whether all images teach the model that is kept: unless the first part alone judges, who is then left out."""
        return self.judges != (0,)

    def fitting(self, judge: int | None) -> np.ndarray:
        """Return (n,) bool: the images to fit while a part is held out, or with None for the model that is kept."""
        if judge is None and self.all_teach:
            return np.ones(len(self.part), dtype=bool)
        return self.part != (judge or 0)


def training_set(catalog: Catalog, crops: np.ndarray, options: ValidationOptions, cross_fit: bool) -> TrainingSet:
    """Return the images that have an identity, and who judges.

    Args:
        catalog: rows with status ok, in the order of the crops.
        crops: (n, size, size, 3) uint8.
        options: who is in which part.
        cross_fit: whether every part is held out in turn, or the first one alone.

    Raises:
        LookalikeError: fewer than two identities to fit, or nobody held out with two images to compare.
    """
    usable = (catalog.split == "train") & np.array([name is not None for name in catalog.label], dtype=bool)
    images = LabelledCrops(crops[usable], catalog.label[usable], catalog.domain[usable])
    part = part_of(images.label, options)
    count = int(part.max(initial=-1)) + 1
    candidates = range(count if cross_fit else min(count, 1))
    if any(len(set(images.label[part != number])) < 2 for number in candidates) or not count:
        raise LookalikeError(
            f"the training set has {len(set(images.label))} identities; training needs two to fit and one to "
            "validate on. Set train.recipe to frozen, or add identity folders under train/"
        )
    judges = tuple(number for number in candidates if _can_judge(images.rows(part == number)))
    if not judges:
        raise LookalikeError("no held-out identity has two images to compare; add images or lower validation.folds")
    return TrainingSet(images, part, judges)


def _can_judge(images: LabelledCrops) -> bool:
    query, _ = answerable(images.label, *sides(images.label, images.domain))
    return len(query) > 0
