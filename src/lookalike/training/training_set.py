"""Training images as arrays, split into those that teach and those that judge."""

from dataclasses import dataclass

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.kit.errors import LookalikeError
from lookalike.params.validation import ValidationOptions
from lookalike.training.judge import sides
from lookalike.validation.held_out import validation_mask


@dataclass(frozen=True)
class Lesson:
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


def split_lessons(catalog: Catalog, crops: np.ndarray, options: ValidationOptions) -> tuple[Lesson, Lesson]:
    """Return the fitting and the held-out images of the training identities.

    Args:
        catalog: rows with status ok, in the order of the crops.
        crops: (n, size, size, 3) uint8.
        options: who is held out.

    Raises:
        LookalikeError: fewer than two identities to fit, or nobody held out with two images to compare.
    """
    usable = (catalog.split == "train") & np.array([name is not None for name in catalog.label], dtype=bool)
    held_out = usable.copy()
    held_out[usable] = validation_mask(catalog.label[usable], options)
    fitting, holding = (
        Lesson(crops[rows], catalog.label[rows], catalog.domain[rows]) for rows in (usable & ~held_out, held_out)
    )
    if len(set(fitting.label)) < 2:
        raise LookalikeError(
            f"the training set has {len(set(catalog.label[usable]))} identities; training needs two to fit and one to "
            "validate on. Set train.recipe to frozen, or add identity folders under train/"
        )
    query, gallery = sides(holding.label, holding.domain)
    if not np.isin(holding.label[query], holding.label[gallery]).any():
        raise LookalikeError("no held-out identity has two images to compare; add images or raise validation.fraction")
    return fitting, holding
