"""How likely an answer shows the same person, and when nothing is known about it, so that a user can refuse a match."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from lookalike.fusion.curve import Curve
from lookalike.fusion.standing import LEAST, Scale, Standing
from lookalike.kit.digests import read_checked_json
from lookalike.kit.errors import LookalikeError

# Standard deviations of single queries by which a query's scores may lie beside those that were learned from, and by
# which the mean of many queries may.
DRIFT, MEAN_DRIFT = 3.5, 0.8
# A gallery may be so many times larger than the largest that was learned from.
GROWTH = 100
UNLEARNED = "there are no identities to learn it from"
UNLIKE = "scores spread unlike those it was learned from: another kind of pictures"


@dataclass(frozen=True)
class Likelihood:
    """What is known about the answers to some queries.

    Attributes:
        probability: (n_query, k) that an answer shows the query's identity, never rising with rank; NaN where unknown.
        low: (n_query, k) lower end of its 95 % interval.
        high: (n_query, k) upper end.
        excess: (n_query,) how far the first answer stands out; NaN where unknown.
        unknown: (n_query,) object, why nothing is known; empty where something is.
    """

    probability: np.ndarray
    low: np.ndarray
    high: np.ndarray
    excess: np.ndarray
    unknown: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """(n_query,) the probability that the first answer shows the query's identity; NaN where unknown."""
        return self.probability[:, 0] if self.probability.shape[1] else np.full(len(self.unknown), np.nan)


@dataclass(frozen=True)
class Confidence:
    """What was learned about answers on validation identities, half of whom were taken out of the gallery.

    Attributes:
        reason: why nothing was learned; empty where something was.
        first: the curve of first answers, over how far they stand out.
        other: the curve of the answers after them, over that and how far the first stands out.
        centre: mean and standard deviation of what `Standing.centre` was.
        spread: the same of the logarithm of `Standing.spread`.
        growth: how the best of many strangers grows with their number; see `Scale`.
        own: how far a query's own scores count; see `Scale`.
        largest: images of the largest gallery it was learned on.
        identities: how many identities asked.
        accepted: (false-accept rate, least excess) pairs, rates falling: that share of absent persons' first answers
            stands out so far. Rates that ten absent answers do not support are not listed.
        ece: expected calibration error of first answers, each half of the identities judged by the other's curve.
        brier: mean squared error of the same.
        base: the mean squared error of a constant probability: what knowing nothing costs.
    """

    reason: str = UNLEARNED
    first: Curve = field(default_factory=Curve)
    other: Curve = field(default_factory=Curve)
    centre: tuple[float, float] = (0.0, 0.0)
    spread: tuple[float, float] = (0.0, 0.0)
    growth: float = 1.0
    own: float = 1.0
    largest: int = 0
    identities: int = 0
    accepted: tuple[tuple[float, float], ...] = ()
    ece: float = 0.25
    brier: float = 0.25
    base: float = 0.25

    @classmethod
    def of(cls, value: dict[str, Any]) -> Self:
        """Return the confidence that `asdict` made a JSON object of.

        Raises:
            TypeError, KeyError: it is another object.
        """
        known = dict(value)
        for name in ("first", "other"):
            known[name] = Curve.of(value[name])
        for name in ("centre", "spread"):
            known[name] = tuple(value[name])
        known["accepted"] = tuple((rate, least) for rate, least in value["accepted"])
        return cls(**known)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the confidence of a plan's file.

        Raises:
            LookalikeError: the file is not a plan.
        """
        try:
            return cls.of(read_checked_json(path)["confidence"])
        except (TypeError, KeyError) as error:
            raise LookalikeError(f"{path}: not a fusion plan ({error}); delete it and run `dvc repro`") from error

    def document(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)

    @property
    def scale(self) -> Scale:
        """What scores are standardised by."""
        return Scale(self.own, self.centre[0], float(np.exp(self.spread[0])), self.growth)

    def excess(self, answers: Standing) -> np.ndarray:
        """Return (n_query, k) how far answers stand out."""
        return answers.excess(self.scale)

    def judge(self, answers: Standing, others: Standing | None = None, elsewhere: Standing | None = None) -> Likelihood:
        """Return how likely answers are, or why that is unknown.

        Args:
            answers: to the queries.
            others: what other queries find in the same gallery, by which one of another kind is told sooner.
            elsewhere: what those find in a gallery of the kind that was learned from; by default, what was learned.
        """
        excess, unknown = self.excess(answers), self._unknown(answers)
        if others is not None and self._far_on_average(others, elsewhere):
            unknown = np.where(unknown == "", UNLIKE, unknown)
        known = unknown == ""
        lead = np.broadcast_to(excess[:, :1], excess[:, 1:].shape)
        first = self.first.likely(excess[:, :1, None])
        other = self.other.likely(np.stack([excess[:, 1:], lead], axis=-1))
        # An answer cannot be likelier than the one before it.
        ends = [np.minimum.accumulate(np.concatenate(both, axis=1), axis=1) for both in zip(first, other, strict=True)]
        probability, low, high = (np.where(known[:, None], end, np.nan) for end in ends)
        top = excess[:, 0] if excess.shape[1] else np.nan
        return Likelihood(probability, low, high, np.where(known, top, np.nan), unknown)

    def least_excess(self, rate: float) -> float:
        """Return how far a first answer has to stand out, so that absent persons are accepted at a given rate.

        Args:
            rate: false-accept rate, above 0 and up to 1; between two that were counted their logarithm decides.

        Raises:
            LookalikeError: so low a rate was not seen, or nothing was learned.
        """
        if not self.accepted:
            raise LookalikeError(
                f"no false-accept rate can be kept: {self.reason or 'too few absent persons were seen'}"
            )
        rates, least = (np.array(part)[::-1] for part in zip(*self.accepted, strict=True))
        if rate < rates[0]:
            raise LookalikeError(
                f"a false-accept rate of {rate:g} is asked for, and the run has seen too few absent persons for any "
                f"below {rates[0]:g}; choose a higher one, or add training identities"
            )
        return float(np.interp(np.log(rate), np.log(rates), least))

    def _unknown(self, answers: Standing) -> np.ndarray:
        reason = np.full(len(answers.centre), self.reason, dtype=object)
        if self.reason:
            return reason
        if answers.size < LEAST:
            reason[:] = f"the gallery has {answers.size} images, fewer than the {LEAST} that tell how strangers score"
        elif answers.size > GROWTH * self.largest:
            reason[:] = f"the gallery is over {GROWTH} times larger than those it was learned on"
        else:
            reason[self._far(answers)] = UNLIKE
            reason[~answers.measured] = "all images of the gallery score the same"
        return reason

    def _far(self, answers: Standing) -> np.ndarray:
        return np.abs(self._drift(answers)).max(axis=0) > DRIFT

    def _far_on_average(self, others: Standing, elsewhere: Standing | None) -> bool:
        """Tell whether many queries' mean is off; without a comparison, few may be further off by chance."""
        if self.reason:
            return False
        drift = np.mean(self._drift(others), axis=1)
        if elsewhere is not None:
            return bool(np.abs(drift - np.mean(self._drift(elsewhere), axis=1)).max() > MEAN_DRIFT)
        return bool(np.abs(drift).max() > MEAN_DRIFT + DRIFT / np.sqrt(len(others.centre)))

    def _drift(self, answers: Standing) -> np.ndarray:
        """Return (2, n_query) standard deviations by which centre and spread lie beside those learned."""
        spread = np.log(np.where(answers.measured, answers.spread, 1.0))
        off = [(v - mean) / (sd or 1.0) for v, (mean, sd) in ((answers.centre, self.centre), (spread, self.spread))]
        return np.stack(off)
