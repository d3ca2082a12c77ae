"""From a score to the probability that two images show the same, learned on validation identities."""

from dataclasses import dataclass

import numpy as np

from lookalike.embedding.cross_fitted import unseen
from lookalike.fusion.calibrate import apply_platt, platt
from lookalike.fusion.tuning.measure import NEAREST, judged_pairs
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.select import best
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.systems import System
from lookalike.validation.folds import Fold, make_folds
from lookalike.validation.parts import part_of


@dataclass(frozen=True)
class PairCalibration:
    """Platt's logistic curve over scores of pairs."""

    slope: float
    bias: float

    def probability(self, score: np.ndarray) -> np.ndarray:
        """Return probabilities in the shape of the scores."""
        return apply_platt(score.astype(np.float64), self.slope, self.bias)


def calibrate_system(run: SearchRun, system: System) -> PairCalibration | None:
    """Fit a system's scores on validation photographs that search, one at a time, among drawings.

    Each photograph gives its nearest images: what a person is shown is the top of a list, not a random pair.

    Returns:
        The curve; None where no identities are left to fit on, or where a higher score does not mean a likelier match.
    """
    folds = _folds(run, system)
    if not folds:
        return None
    nearest = [_nearest(system.similarity(system.placed(fold.embeddings))) for fold in folds]
    slope, bias = platt(*judged_pairs(folds, nearest))
    return PairCalibration(slope, bias) if slope > 0 else None


def _nearest(similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return best(similarity, min(NEAREST, similarity.shape[1]))


def _folds(run: SearchRun, system: System) -> list[Fold]:
    tables = [run.tables[model] for model in system.models]
    train = tables[0].split == "train"
    if not train.any():
        return []
    part = part_of(tables[0].label, run.params.validation)[train]
    apart = [unseen(run.tables[model], run.cross_fitted(model)) for model in system.models]
    # One way of halving lets every identity ask once; the tuner's repeats would steady a curve of two numbers little.
    rng = np.random.default_rng(run.params.run.seed)
    return make_folds([Embeddings.of(table) for table in tables], part, apart, 1, rng)
