"""Files with the same bytes: they are kept, and those that leak from one split or identity to another are named."""

from collections import defaultdict

import numpy as np

from lookalike.catalog.table import Catalog


def count_copies(catalog: Catalog) -> int:
    """Return how many readable files repeat the bytes of an earlier one."""
    return int(catalog.ok.sum()) - len(set(catalog.sha256[catalog.ok]))


def find_leaks(catalog: Catalog) -> dict[str, list[str]]:
    """Find copies in several splits or identities.

    Returns:
        kind of leak -> its groups of copies, each as image ids joined by ` = `; a kind without any is absent.
    """
    leaks: dict[str, list[str]] = defaultdict(list)
    for index in _groups(catalog):
        names = " = ".join(catalog.image_id[index])
        splits = set(catalog.split[index])
        if len(set(catalog.label[index][catalog.split[index] == "train"])) > 1:
            leaks["one image under several identities"].append(names)
        if "train" in splits and len(splits) > 1:
            leaks["one image in train and test"].append(names)
        if {"query", "gallery"} <= splits:
            leaks["one image in query and gallery"].append(names)
    return dict(leaks)


def _groups(catalog: Catalog) -> list[np.ndarray]:
    """Row numbers of the readable files with the same bytes, two or more, in the order of their first."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(catalog.ok):
        rows[catalog.sha256[row]].append(int(row))
    return [np.array(group) for group in rows.values() if len(group) > 1]
