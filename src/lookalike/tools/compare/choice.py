"""Which images and queries a comparison shows."""

from collections.abc import Iterable, Mapping
from dataclasses import fields

import numpy as np

from lookalike.catalog.queries import photographs
from lookalike.catalog.table import Catalog
from lookalike.report.answers import Answers
from lookalike.report.browser import evenly
from lookalike.report.masks import among


def shared_queries(before: Catalog, after: Catalog) -> np.ndarray:
    """Return the ids of the queries that both catalogues hold, sorted."""
    old, new = (np.array(list(photographs(catalog)), dtype=object) for catalog in (before, after))
    return new[among(new, old)]


def flipped(before: Answers, after: Answers) -> np.ndarray:
    """Return (n,) bool: only one of the two has a right first answer."""
    return np.asarray((before.first_hit == 1) != (after.first_hit == 1))


def chosen(answered: Mapping[str, tuple[Answers, Answers]], count: int, most: int) -> np.ndarray:
    """Return which of `count` queries to show: all that any system flipped, and others as far as `most` go, evenly."""
    any_flip = np.zeros(count, dtype=bool)
    for before, after in answered.values():
        any_flip |= flipped(before, after)
    return np.union1d(np.flatnonzero(any_flip), evenly(count, most))


def images_of_both(before: Catalog, after: Catalog) -> Catalog:
    """Return the test images of both; one that both have is described as the second has it."""
    old, new = (catalog.rows(catalog.split != "train") for catalog in (before, after))
    gone = old.rows(~among(old.image_id, new.image_id))
    columns = {f.name: np.concatenate([getattr(new, f.name), getattr(gone, f.name)]) for f in fields(Catalog)}
    order = np.argsort(columns["image_id"], kind="stable")
    return Catalog(**{name: values[order] for name, values in columns.items()})


def shown_images(catalog: Catalog, query_id: Iterable[str], answers: Iterable[Answers], shown: np.ndarray) -> Catalog:
    """Return the rows of the queries that are shown and of what was answered to them."""
    given = {name for side in answers for name in side.gallery_id[shown].reshape(-1)}
    return catalog.rows(among(catalog.image_id, {*query_id, *given}))
