"""What the data holds, what is wrong with it, and in which images no face was found."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.table import FaceTable
from lookalike.report.masks import among


@dataclass(frozen=True)
class Count:
    """Images of one split and domain."""

    split: str
    domain: str
    images: int
    good: int

    @property
    def share(self) -> float:
        """Good images of all."""
        return self.good / self.images


def readable(catalog: Catalog) -> list[Count]:
    """Count the images, and those that can be read, by split and domain."""
    return _counts(catalog, catalog.ok)


def detected(catalog: Catalog, faces: FaceTable) -> list[Count]:
    """Count the readable images, and those whose face was found, by split and domain."""
    seen = catalog.rows(among(catalog.image_id, faces.image_id))
    found = among(seen.image_id, faces.image_id[faces.found])
    return _counts(seen, found)


def detectors(faces: FaceTable) -> list[tuple[str, int]]:
    """Count the faces of each detector, most first."""
    return _most_first(faces.detector)


def faults(catalog: Catalog) -> list[tuple[str, int]]:
    """Count the reasons why images were set aside, most first."""
    return _most_first(catalog.status[~catalog.ok])


def _most_first(values: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))


def _counts(catalog: Catalog, good: np.ndarray) -> list[Count]:
    total = Counter(zip(catalog.split, catalog.domain, strict=True))
    passed = Counter(zip(catalog.split[good], catalog.domain[good], strict=True))
    return [Count(split, domain, n, passed[split, domain]) for (split, domain), n in sorted(total.items())]
