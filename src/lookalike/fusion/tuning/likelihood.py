"""Learning how likely answers are, with galleries of several sizes and with persons who are not in them."""

from collections.abc import Sequence

import numpy as np

from lookalike.fusion.confidence import Confidence
from lookalike.fusion.curve import Curve, fit_curve
from lookalike.fusion.standing import LEAST, Scale, best_of
from lookalike.fusion.tuning.absences import DEPTH, FEWER, Asked, simulate
from lookalike.metrics.measures.calibration_error import errors
from lookalike.validation.folds import Fold

# How far a query's own scores may count, and what share of the Brier score less of them has to leave to be taken.
OWN, CLEARLY = (1.0, 0.5, 0.0), 0.75
# Fewer identities say nothing about others.
LEAST_IDENTITIES = 5
RATES = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
# A rate is counted on so many false accepts at least.
LEAST_ACCEPTED = 10


def learn_confidence(folds: Sequence[Fold], scores: Sequence[np.ndarray]) -> Confidence:
    """Learn how likely answers are from what a system answers on folds.

    Each fold is asked with all of its gallery and with a half, a quarter and an eighth of the identities; half of the
    time the query's identity is not among them. So a person is assumed to be in a gallery half of the time.

    Args:
        folds: who is who.
        scores: (n_query, n_gallery) of each fold.
    """
    asked = simulate(folds, scores)
    identities = len(np.unique(asked.identity))
    if len(asked) == 0:
        return Confidence(f"no validation gallery has the {LEAST} images that tell how strangers score")
    if identities < LEAST_IDENTITIES:
        return Confidence(f"only {identities} identities are left to learn it from, and it takes {LEAST_IDENTITIES}")
    return fit_confidence(asked)


def fit_confidence(asked: Asked) -> Confidence:
    """Fit curves to what was asked, on the scale whose curve is best on the other half of the identities.

    A query's own scores count in full, which other galleries change least, unless less of them is clearly better.
    """
    fitted = [_fitted(asked, own) for own in OWN]
    best = min(fitted, key=lambda one: one.brier)
    return fitted[0] if fitted[0].reason or best.reason or best.brier > CLEARLY * fitted[0].brier else best


def _fitted(asked: Asked, own: float) -> Confidence:
    right, scale = asked.right[:, 0], asked.scale(own)
    level = np.array([best_of(size) for size in asked.size.tolist()])
    growth = _growth(asked, scale)
    excess = asked.deviations(scale) - growth * level[:, None]
    top = excess[:, :1]
    first = fit_curve(top, right, asked.identity)
    if first.weight[0] <= 0:
        return Confidence("on the validation identities a higher score did not mean a likelier match")
    held_out = _held_out(top, right, asked.identity)
    return Confidence(
        reason="",
        first=first,
        other=_others(asked, excess),
        centre=_moments(asked.centre),
        spread=_moments(np.log(asked.spread)),
        growth=growth,
        own=own,
        largest=int(asked.size.max()),
        identities=len(np.unique(asked.identity)),
        accepted=_accepted(excess[asked.absent, 0]),
        **{name: round(value, 6) for name, value in errors(held_out, right).items()},
    )


def _growth(asked: Asked, scale: Scale) -> float:
    """Return how the best of many strangers grows with their number, in terms of normal scores and no faster than they.

    Where it grows faster among a few, strangers resemble each other, and not ever more of them do.
    """
    rows = asked.absent
    if not rows.any():
        return 1.0
    width = scale.width(asked.spread[rows])
    fall = np.array([best_of(size) - best_of(size // FEWER) for size in asked.size[rows].tolist()])
    return round(min(float(np.mean((asked.score[rows, 0] - asked.fewer[rows]) / width / fall)), 1.0), 6)


def _others(asked: Asked, excess: np.ndarray) -> Curve:
    lead = np.broadcast_to(excess[:, :1], excess[:, 1:].shape)
    features = np.stack([excess[:, 1:].ravel(), lead.ravel()], axis=1)
    return fit_curve(features, asked.right[:, 1:].ravel(), np.repeat(asked.identity, DEPTH - 1))


def _held_out(features: np.ndarray, right: np.ndarray, identity: np.ndarray) -> np.ndarray:
    """Return probabilities, each half of the identities judged by the curve of the other."""
    half = np.isin(identity, np.unique(identity)[::2])
    result = np.empty(len(right))
    for part in (half, ~half):
        result[part] = fit_curve(features[~part], right[~part], identity[~part]).likely(features[part])[0]
    return result


def _moments(values: np.ndarray) -> tuple[float, float]:
    return round(float(values.mean()), 6), round(float(values.std()), 6)


def _accepted(excess: np.ndarray) -> tuple[tuple[float, float], ...]:
    supported = [rate for rate in RATES if rate * len(excess) >= LEAST_ACCEPTED]
    return tuple((rate, round(float(np.quantile(excess, 1 - rate)), 6)) for rate in supported)
