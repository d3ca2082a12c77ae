"""What a model is worth on each style of drawing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.metrics.bootstrap import Interval, interval, resampled_means
from lookalike.metrics.judgement import Truth, judge
from lookalike.metrics.rates import points
from lookalike.retrieval.ranking import Ranking


@dataclass(frozen=True)
class StylePoints:
    """Points on a gallery of one style alone.

    Attributes:
        style: which.
        images: of that style in the gallery.
        queries: that have a match among them.
        points: of 1000, with the 95 % interval over those queries.
    """

    style: str
    images: int
    queries: int
    points: Interval


def points_by_style(
    ranking: Ranking, catalog: Catalog, styles: Mapping[str, str], resamples: int, seed: int
) -> list[StylePoints]:
    """Score the answers as if the gallery held one style at a time; none where the ranking leaves images out.

    Args:
        ranking: of the whole gallery: what is left of it in order is the ranking of a part.
        catalog: with the labels of the test images.
        styles: gallery image id -> style.
        resamples: bootstrap draws.
        seed: of the bootstrap.
    """
    if ranking.depth < len(ranking.gallery_id):
        return []
    found = []
    for style in sorted(set(styles.values())):
        part = _part(ranking, np.array([styles.get(name) == style for name in ranking.gallery_id], dtype=bool))
        shown = np.array([styles.get(name) == style for name in catalog.image_id], dtype=bool)
        truth = Truth.of(catalog.rows((catalog.split == "query") | (shown & (catalog.split == "gallery"))))
        if len(truth.query_id) and part.depth:
            values = points(judge(part, truth).first_hit)[:, None]
            drawn = resampled_means(values, resamples, np.random.default_rng(seed))
            span = interval(float(values.mean()), drawn[:, 0])
            found.append(StylePoints(style, len(truth.label_of), len(truth.query_id), span))
    return found


def _part(ranking: Ranking, kept: np.ndarray) -> Ranking:
    """Return the ranking of the gallery images that a mask (n_gallery,) keeps."""
    position = np.cumsum(kept, dtype=np.int32) - 1
    stays = kept[ranking.order]
    shape = (len(ranking.query_id), int(kept.sum()))
    order = position[ranking.order[stays]].reshape(shape)
    return Ranking(ranking.query_id, ranking.gallery_id[kept], order, ranking.score[stays].reshape(shape))
