"""What scores and probabilities are worth where the person may not be in the gallery."""

import numpy as np

from lookalike.metrics.judgement import Judgement, Truth, scored_rows
from lookalike.metrics.measures.area_under_roc import area_under_roc
from lookalike.metrics.measures.calibration_error import errors
from lookalike.metrics.measures.detection import detection_identification_rate
from lookalike.metrics.measures.true_accept import true_accept_rate
from lookalike.retrieval.ranking import Ranking

PAIR_RATES = {"1e-2": 0.01, "1e-3": 0.001}
SEARCH_RATES = {"1e-2": 0.01}


def open_set(ranking: Ranking, judged: Judgement, truth: Truth) -> dict[str, float]:
    """Return a system's open-set figures by name, rounded to 6 places.

    A person is made absent by leaving all images of its identity out of its own query's answers. What a correction
    learned from those images while they were in the gallery stays in the other scores.

    Pairs are all scored queries with all gallery images, and only counted where the ranking holds the whole gallery.
    A rate that so few pairs or searches cannot show is left out.

    Args:
        ranking: the system's answers.
        judged: the same, held against the truth.
        truth: which queries are scored.
    """
    if not judged.answered.any():
        return {}
    figures: dict[str, float] = {}
    score, absent = _first(ranking, judged, truth)
    for name, far in SEARCH_RATES.items():
        if far * len(absent) >= 1:
            rate = detection_identification_rate(score, judged.first_hit == 1, absent, far)
            figures[f"dir_at_far_{name}"] = rate
    if judged.hit.shape[1] == judged.gallery:
        figures |= _pairs(ranking, judged, truth)
    return {name: round(value, 6) for name, value in figures.items()}


def trust(present: np.ndarray, right: np.ndarray, absent: np.ndarray) -> dict[str, float]:
    """Return what probabilities of first answers are worth, over queries as they are and with their person absent.

    Args:
        present: (n,) probabilities that first answers are right; NaN where unknown.
        right: (n,) bool: they are.
        absent: (n,) probabilities of the same queries' first answers when their identity is left out.

    Returns:
        `unknown`, the share without a probability; of the rest `ece`, `brier` and `base`, a constant's Brier score.
    """
    said = np.concatenate([present, absent]).astype(np.float64)
    outcome = np.concatenate([right, np.zeros(len(absent), dtype=bool)])
    known = np.isfinite(said)
    result = {"unknown": float(np.mean(~known)) if len(said) else 1.0}
    if known.any():
        result |= errors(said[known], outcome[known])
    return {name: round(value, 6) for name, value in result.items()}


def _first(ranking: Ranking, judged: Judgement, truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    """Return (n,) scores of first answers, and of the first ones that are left without the query's identity."""
    row = scored_rows(ranking, truth)
    score, absent = np.full(len(row), -np.inf), np.full(len(row), -np.inf)
    if ranking.depth:
        known = judged.answered
        score[known] = ranking.score[row[known], 0]
        stranger = (~judged.hit).argmax(axis=1)
        left = known & ~judged.hit.all(axis=1)
        absent[left] = ranking.score[row[left], stranger[left]]
    return score, absent


def _pairs(ranking: Ranking, judged: Judgement, truth: Truth) -> dict[str, float]:
    scores = ranking.score[scored_rows(ranking, truth)[judged.answered]]
    hit = judged.hit[judged.answered]
    genuine, impostor = scores[hit], scores[~hit]
    if not len(genuine) or not len(impostor):
        return {}
    rates = {f"tar_at_far_{n}": far for n, far in PAIR_RATES.items() if far * len(impostor) >= 1}
    figures = {name: true_accept_rate(genuine, impostor, far) for name, far in rates.items()}
    return {"auc": area_under_roc(genuine, impostor)} | figures
