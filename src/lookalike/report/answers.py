"""What every system answered to every query that is shown, held against the labels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lookalike.metrics.judgement import Judgement, Truth, judge
from lookalike.report.masks import among
from lookalike.retrieval.ranking import Ranking

UNSCORED = -1


@dataclass(frozen=True)
class Answers:
    """One system's first answers.

    Attributes:
        query_id: (n,) the queries, sorted.
        first_hit: (n,) rank of the first right image from 1; 0 where none was retrieved; `UNSCORED` where there is
            no label, or no match in the gallery.
        margin: (n,) score of the best right image minus that of the best wrong one; NaN without both.
        gallery_id: (n, top) object, best first; None where the query was not answered.
        score: (n, top) similarities; NaN where it was not.
        confidence: (n,) calibrated probability that the first answer is right; NaN where it is not known.
        judgement: hits of the scored queries, in the order of `Truth.query_id`.
    """

    query_id: np.ndarray
    first_hit: np.ndarray
    margin: np.ndarray
    gallery_id: np.ndarray
    score: np.ndarray
    confidence: np.ndarray
    judgement: Judgement

    @property
    def scored(self) -> np.ndarray:
        """(n,) bool: the queries that count."""
        return np.asarray(self.first_hit != UNSCORED)


def answers(ranking: Ranking, truth: Truth, query_id: np.ndarray, top: int, confidence: Mapping[str, float]) -> Answers:
    """Hold a ranking against the truth, for every query of the dataset.

    Args:
        ranking: of any subset of the queries.
        truth: labels of the test set.
        query_id: (n,) every query, sorted; the rows of the result.
        top: answers to keep for each query.
        confidence: query -> calibrated probability, for the queries that have one.
    """
    judgement = judge(ranking, truth)
    scored = among(query_id, truth.query_id)
    first_hit = np.full(len(query_id), UNSCORED)
    first_hit[scored] = judgement.first_hit
    margin = np.full(len(query_id), np.nan)
    margin[scored] = _margin(_aligned(ranking.score, ranking.query_id, truth.query_id), judgement.hit)
    shown = ranking.gallery_id[ranking.order[:, :top]]
    return Answers(
        query_id=query_id,
        first_hit=first_hit,
        margin=margin,
        gallery_id=_aligned(shown, ranking.query_id, query_id),
        score=_aligned(ranking.score[:, :top], ranking.query_id, query_id),
        confidence=np.array([confidence.get(name, np.nan) for name in query_id]),
        judgement=judgement,
    )


def _aligned(values: np.ndarray, query_id: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return one row of `values` for every wanted query; None or NaN for a query that has none."""
    row_of = {name: row for row, name in enumerate(query_id)}
    row = np.array([row_of.get(name, -1) for name in wanted], dtype=np.int64)
    out = np.full((len(wanted), values.shape[1]), None if values.dtype == object else np.nan, dtype=values.dtype)
    out[row >= 0] = values[row[row >= 0]]
    return out


def _margin(score: np.ndarray, hit: np.ndarray) -> np.ndarray:
    right = np.where(hit, score, -np.inf).max(axis=1, initial=-np.inf)
    wrong = np.where(hit, -np.inf, score).max(axis=1, initial=-np.inf)
    known = np.isfinite(right) & np.isfinite(wrong)
    margin = np.full(len(right), np.nan)
    margin[known] = right[known] - wrong[known]
    return margin
