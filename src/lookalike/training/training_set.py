"""Training images as arrays: those to fit, and those of held-out identities."""

from dataclasses import dataclass

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.kit.errors import LookalikeError
from lookalike.params.validation import ValidationOptions
from lookalike.validation.held_out import validation_mask
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


def split_training_set(
    catalog: Catalog, crops: np.ndarray, options: ValidationOptions
) -> tuple[LabelledCrops, LabelledCrops]:
    """Return the images to fit and those of the held-out identities.

    Args:
        catalog: rows with status ok, in the order of the crops.
        crops: (n, size, size, 3) uint8.
        options: who is held out.

    Raises:
        LookalikeError: fewer than two identities to fit, or nobody held out with two images to compare.
    """
    usable = (catalog.split == "train") & np.array([name is not None for name in catalog.label], dtype=bool)
    mask = usable.copy()
    mask[usable] = validation_mask(catalog.label[usable], options)
    fitting, held_out = (
        LabelledCrops(crops[rows], catalog.label[rows], catalog.domain[rows]) for rows in (usable & ~mask, mask)
    )
    if len(set(fitting.label)) < 2:
        raise LookalikeError(
            f"the training set has {len(set(catalog.label[usable]))} identities; training needs two to fit and one to "
            "validate on. Set train.recipe to frozen, or add identity folders under train/"
        )
    query, _ = answerable(held_out.label, *sides(held_out.label, held_out.domain))
    if not len(query):
        raise LookalikeError("no held-out identity has two images to compare; add images or raise validation.fraction")
    return fitting, held_out
