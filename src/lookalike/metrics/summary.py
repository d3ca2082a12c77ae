"""metrics.json: every figure of a run in one object."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lookalike.metrics.bootstrap import Interval
from lookalike.metrics.judgement import Judgement, Truth
from lookalike.metrics.measures.table import MEASURES, Measure
from lookalike.metrics.scores import compare, rates
from lookalike.metrics.systems import ENSEMBLE


def summary(
    dataset: str,
    truth: Truth,
    judged: Mapping[str, Judgement],
    resamples: int,
    rng: np.random.Generator,
    measures: Mapping[str, Measure] = MEASURES,
) -> dict[str, Any]:
    """Return the content of metrics.json.

    Without a labelled query that has a match there is nothing to score: `systems` is then empty and the counts
    under `queries` say why. Where rankings end before the gallery does, `cut` says where, and what each measure that
    looks further could be at most: the figure under `systems` counts a right image beyond the end as never found.

    Args:
        dataset: its name.
        truth: the labels of the test set.
        judged: system -> its judgement against `truth`.
        resamples: bootstrap draws.
        rng: the source of randomness.
        measures: name -> what is computed besides points.
    """
    result: dict[str, Any] = {"dataset": dataset, "systems": {}, "queries": _counts(truth, judged)}
    if len(truth.query_id) == 0:
        return result
    comparison = compare(judged, ENSEMBLE, resamples, rng, measures)
    result["systems"] = {name: scores.as_dict() for name, scores in comparison.scores.items()}
    if cut := _cut(judged, measures):
        result["cut"] = cut
    if comparison.ensemble_minus_best is not None:
        result["ensemble_minus_best"] = _gain(comparison.best_single, comparison.ensemble_minus_best)
    return result


def _counts(truth: Truth, judged: Mapping[str, Judgement]) -> dict[str, Any]:
    return {
        "scored": len(truth.query_id),
        "unanswerable": truth.unanswerable,
        "unlabelled": truth.unlabelled,
        "missed": {name: int((~judgement.answered).sum()) for name, judgement in judged.items()},
    }


def _cut(judged: Mapping[str, Judgement], measures: Mapping[str, Measure]) -> dict[str, Any]:
    """Return where answers end and what that may hide; nothing where they hold the whole gallery."""
    short = {name: j for name, j in judged.items() if j.answered.any() and j.hit.shape[1] < j.gallery}
    if not short:
        return {}
    return {
        "gallery": {name: judgement.gallery for name, judgement in short.items()},
        "depth": {name: judgement.hit.shape[1] for name, judgement in short.items()},
        "at_most": {name: _hidden(judgement, measures) for name, judgement in short.items()},
    }


def _hidden(judgement: Judgement, measures: Mapping[str, Measure]) -> dict[str, float]:
    """Return the measures that a deeper ranking could raise, each at the most that it can be."""
    known, best = rates(judgement, measures), rates(judgement.at_best(), measures)
    return {name: round(best[name], 6) for name in measures if round(best[name], 6) > round(known[name], 6)}


def _gain(best: str | None, gain: Interval) -> dict[str, Any]:
    return {
        "best": best,
        "points": round(gain.mean, 6),
        "points_low": round(gain.low, 6),
        "points_high": round(gain.high, 6),
    }
