"""Forward selection: one candidate at a time, kept only where it wins by more than chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lookalike.fusion.tuning.candidates import Candidate
from lookalike.fusion.tuning.record import Trial
from lookalike.validation.folds import Fold, each_fold, fold_points, fold_precision


@dataclass
class ForwardSelection:
    """From one candidate to better ones.

    Attributes:
        folds: which judge.
        fuse: makes the scores of a fold under a candidate.
        caution: standard errors by which a candidate must win.
        current: the candidate that is to be beaten.
        tried: what was tried so far.
    """

    folds: Sequence[Fold]
    fuse: Callable[[Fold, Candidate], np.ndarray]
    caution: float
    current: Candidate
    tried: list[Trial] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.identity = np.concatenate([fold.identity for fold in self.folds])
        self._known: dict[Candidate, np.ndarray] = {}
        self.points = self.values([self.current])[0]

    def values(self, candidates: Sequence[Candidate]) -> list[np.ndarray]:
        """Return the points of every query of every fold, (n,), under each candidate; none is judged twice."""
        new = [candidate for candidate in dict.fromkeys(candidates) if candidate not in self._known]
        parts = each_fold(self.folds, lambda fold: [fold_points(self.fuse(fold, one), fold) for one in new])
        self._known |= {one: np.concatenate(found) for one, found in zip(new, zip(*parts, strict=True), strict=True)}
        return [self._known[candidate] for candidate in candidates]

    def precision(self, candidate: Candidate) -> float:
        """Return the mean average precision over the queries of every fold."""
        parts = each_fold(self.folds, lambda fold: fold_precision(self.fuse(fold, candidate), fold))
        return float(np.concatenate(parts).mean())

    def step(self, name: str, candidates: Sequence[tuple[str, Candidate]]) -> None:
        """Try candidates and keep the best one, if it beats the current one by `caution` standard errors.

        It must help more than one identity.

        Where an easy set gives several weights the same points, mean average precision decides between them. Options
        must win points: what only reorders the answers of an easy set has shown nothing about a hard one.
        """
        if not candidates:
            return
        values = self.values([candidate for _, candidate in candidates])
        winner = self._winner([candidate for _, candidate in candidates], [float(value.mean()) for value in values])
        for index, ((words, candidate), value) in enumerate(zip(candidates, values, strict=True)):
            gain, error = paired_gain(value - self.points, self.identity)
            wins = gain > self.caution * error and self._helps_several(value)
            kept = index == winner and (wins or (gain == 0 and self._weighs_better(candidate)))
            self.tried.append(Trial(name, words, _short(value.mean()), _short(gain), _short(error), kept))
        if self.tried[winner - len(candidates)].kept:
            self.current, self.points = candidates[winner][1], values[winner]

    def _winner(self, candidates: Sequence[Candidate], points: Sequence[float]) -> int:
        tied = [index for index, mean in enumerate(points) if mean == max(points)]
        alike = [index for index in tied if candidates[index].options == candidates[tied[0]].options]
        return (
            alike[0] if len(alike) == 1 else max(alike, key=lambda index: (self.precision(candidates[index]), -index))
        )

    def _helps_several(self, value: np.ndarray) -> bool:
        """Tell whether more than one identity gains: of nine that are held out, one may by luck."""
        return len(np.unique(self.identity[value > self.points])) > 1

    def _weighs_better(self, candidate: Candidate) -> bool:
        alike = candidate.options == self.current.options
        return alike and self.precision(candidate) > self.precision(self.current)


def paired_gain(difference: np.ndarray, identity: np.ndarray) -> tuple[float, float]:
    """Return the mean difference over queries and its standard error over identities.

    Queries of one identity stand and fall together, so identities are the sample. Where all ask equally often, the gain
    of one identity alone is worth one error; so is that of an only one.
    Source: Cochran, "Sampling Techniques", 1977, equation 9.13 (ratio to size, clusters of unequal size).

    Args:
        difference: (n,) points under one candidate minus those under another.
        identity: (n,) int code of each query's identity.
    """
    gain = float(difference.mean())
    residual = np.bincount(np.unique(identity, return_inverse=True)[1], difference - gain)
    if len(residual) == 1:
        return gain, abs(gain)
    unbiased = len(residual) / (len(residual) - 1)
    return gain, float(np.sqrt(unbiased * np.square(residual).sum()) / len(difference))


def _short(value: float) -> float:
    return round(float(value), 4)
