"""Rankings of which the first answers are judged: how likely each is, and which are refused."""

from dataclasses import replace

import numpy as np

from lookalike.fusion.confidence import Confidence, Likelihood
from lookalike.fusion.standing import standing
from lookalike.metrics.judgement import Judgement, Truth, scored_rows
from lookalike.metrics.open_set import trust
from lookalike.retrieval.ranking import Ranking

CUT = "the ranking ends before the gallery does"


def likely(confidence: Confidence, ranking: Ranking) -> Likelihood:
    """Return how likely first answers are; unknown where a ranking does not hold the whole gallery."""
    answers = standing(ranking.score, 1)
    return _learned(confidence, ranking).judge(answers, answers if len(answers.centre) else None)


def likely_without(confidence: Confidence, ranking: Ranking, row: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return how likely first answers are once the right images are left out of the gallery, (n,); NaN where unknown.

    Args:
        confidence: of the system.
        ranking: its answers.
        row: (n,) int, rows of the ranking.
        right: (n, depth) bool, the images that are left out.
    """
    judge, others = _learned(confidence, ranking).judge, standing(ranking.score, 1)
    parts = [standing(ranking.score[i][~gone][None], 1) for i, gone in zip(row.tolist(), right, strict=True)]
    return np.array([float(judge(part, others).first[0]) for part in parts])


def refused(likelihood: Likelihood, least: float) -> np.ndarray:
    """Return (n_query,) bool: the first answer stands out less than it has to; an unknown one is not refused."""
    return likelihood.excess < least


def refused_at(rate: float, confidence: Confidence, likelihood: Likelihood, ranking: Ranking) -> set[str]:
    """Return the queries of a ranking that a false-accept rate refuses; none at a rate of 0.

    Raises:
        LookalikeError: so low a rate was not seen; see `Confidence.least_excess`.
    """
    if not rate:
        return set()
    return set(ranking.query_id[refused(likelihood, confidence.least_excess(rate))].tolist())


def worth(
    confidence: Confidence, likelihood: Likelihood, ranking: Ranking, judged: Judgement, truth: Truth
) -> dict[str, float]:
    """Return what probabilities are worth, each scored query asked as it is and with its person left out."""
    row, known = scored_rows(ranking, truth), judged.answered
    absent = likely_without(confidence, ranking, row[known], judged.hit[known])
    return trust(likelihood.first[row[known]], judged.first_hit[known] == 1, absent)


def _learned(confidence: Confidence, ranking: Ranking) -> Confidence:
    return confidence if ranking.depth == len(ranking.gallery_id) else replace(confidence, reason=CUT)
