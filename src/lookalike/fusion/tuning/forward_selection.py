"""The tuner's search: one change at a time, kept only where it wins by more than chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lookalike.fusion.plan import Trial
from lookalike.params.retrieval import RetrievalOptions
from lookalike.validation.folds import Fold, fold_points, fold_precision


@dataclass(frozen=True)
class Recipe:
    """A candidate: retrieval options and the models' weights."""

    options: RetrievalOptions
    weight: tuple[float, ...]


@dataclass
class Search:
    """A walk from one recipe to better ones.

    Attributes:
        folds: the games that judge.
        fuse: makes similarities of a fold's clouds and a recipe.
        caution: standard errors by which a change must win.
        recipe: where the walk stands.
        tried: what was tried so far.
    """

    folds: Sequence[Fold]
    fuse: Callable[[Fold, Recipe], np.ndarray]
    caution: float
    recipe: Recipe
    tried: list[Trial] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.identity = np.concatenate([fold.identity for fold in self.folds])
        self.points = self.value(self.recipe)

    def value(self, recipe: Recipe) -> np.ndarray:
        """Return the points of every query of every fold, (n,)."""
        return np.concatenate([fold_points(self.fuse(fold, recipe), fold) for fold in self.folds])

    def precision(self, recipe: Recipe) -> float:
        """Return the mean average precision over the queries of every fold."""
        return float(np.concatenate([fold_precision(self.fuse(fold, recipe), fold) for fold in self.folds]).mean())

    def step(self, name: str, candidates: Sequence[tuple[str, Recipe]]) -> None:
        """Try candidates and go to the best one, if it beats where the walk stands by `caution` standard errors.

        Where an easy set gives several weights the same points, mean average precision decides between them. Options
        must win points: what only reorders the answers of an easy set has shown nothing about a hard one.
        """
        if not candidates:
            return
        values = [self.value(recipe) for _, recipe in candidates]
        winner = self._winner([recipe for _, recipe in candidates], [float(value.mean()) for value in values])
        for index, ((change, recipe), value) in enumerate(zip(candidates, values, strict=True)):
            gain, error = paired_gain(value - self.points, self.identity)
            kept = index == winner and (gain > self.caution * error or (gain == 0 and self._weighs_better(recipe)))
            self.tried.append(Trial(name, change, _short(value.mean()), _short(gain), _short(error), kept))
        if self.tried[winner - len(candidates)].kept:
            self.recipe, self.points = candidates[winner][1], values[winner]

    def _winner(self, recipes: Sequence[Recipe], points: Sequence[float]) -> int:
        tied = [index for index, mean in enumerate(points) if mean == max(points)]
        alike = [index for index in tied if recipes[index].options == recipes[tied[0]].options]
        return alike[0] if len(alike) == 1 else max(alike, key=lambda index: (self.precision(recipes[index]), -index))

    def _weighs_better(self, recipe: Recipe) -> bool:
        return recipe.options == self.recipe.options and self.precision(recipe) > self.precision(self.recipe)


def paired_gain(difference: np.ndarray, identity: np.ndarray) -> tuple[float, float]:
    """Return the mean difference over queries and its standard error over identities.

    Queries of one identity stand and fall together, so identities are the sample.
    Source: Cochran, "Sampling Techniques", 1977, equation 9.13 (ratio to size, clusters of unequal size).

    Args:
        difference: (n,) points of one recipe minus those of another.
        identity: (n,) int code of each query's identity.
    """
    gain = float(difference.mean())
    residual = np.bincount(identity, difference - gain)
    return gain, float(np.sqrt(np.square(residual).sum()) / len(difference))


def _short(value: float) -> float:
    return round(float(value), 4)
