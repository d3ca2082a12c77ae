"""What a system's answers to one photograph are worth: learned from the run, or shipped for a published model."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from lookalike.embedding.cross_fitted import unseen
from lookalike.fusion.confidence import Confidence, Likelihood
from lookalike.fusion.standing import LEAST, Standing, standing
from lookalike.fusion.tuning.likelihood import learn_confidence
from lookalike.retrieval.embeddings import Embeddings
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.shipped import shipped_confidence
from lookalike.tools.search.systems import System
from lookalike.validation.folds import Fold, make_folds
from lookalike.validation.parts import part_of

# Photographs of the run that tell what kind of pictures a gallery holds.
OTHERS = 64


@dataclass(frozen=True)
class SystemConfidence:
    """Where the likelihood of a system's answers comes from.

    Attributes:
        own: what the run's validation identities say.
        shipped: what is known of the model as published, for galleries that are unlike the run's; None of any other.
        others: what the run's own photographs find in the gallery; None where it has too few.
        elsewhere: what they find in the run's own gallery.
    """

    own: Confidence
    shipped: Confidence | None = None
    others: Standing | None = None
    elsewhere: Standing | None = None

    def judge(self, answers: Standing) -> Likelihood:
        """Return how likely answers are by the run, and by what is shipped where the run does not know."""
        own = self.own.judge(answers, self.others, self.elsewhere)
        if self.shipped is None:
            return own
        other = self.shipped.judge(answers)
        take = (own.unknown != "") & (other.unknown == "")
        return Likelihood(*(_chosen(take, getattr(other, f.name), getattr(own, f.name)) for f in fields(Likelihood)))


def calibrate_system(run: SearchRun, system: System, gallery: Mapping[str, np.ndarray]) -> SystemConfidence:
    """Learn from validation photographs that search, one at a time, among drawings with and without their person.

    Args:
        run: whose identities.
        system: what answers.
        gallery: model -> (n, dim) embeddings of the images that will be searched.
    """
    shipped = shipped_confidence(run, system)
    folds = _folds(run, system)
    if not folds:
        return SystemConfidence(Confidence(), shipped)
    scores = [system.similarity(system.placed(fold.embeddings)) for fold in folds]
    tested = {model: run.tables[model].of_split("gallery").embedding for model in system.models}
    others, elsewhere = (_others(run, system, images) for images in (gallery, tested))
    if others is None or elsewhere is None:
        return SystemConfidence(learn_confidence(folds, scores), shipped)
    return SystemConfidence(learn_confidence(folds, scores), shipped, others, elsewhere)


def _others(run: SearchRun, system: System, gallery: Mapping[str, np.ndarray]) -> Standing | None:
    """Let some training photographs, evenly picked, search the gallery."""
    table = run.tables[system.models[0]]
    photographs = np.flatnonzero((table.split == "train") & (table.domain == "real"))
    if len(photographs) < OTHERS or len(gallery[system.models[0]]) < LEAST:
        return None
    picked = photographs[np.linspace(0, len(photographs) - 1, OTHERS).astype(int)]
    parts = [run.embeddings(model, run.tables[model].embedding[picked], gallery[model]) for model in system.models]
    return standing(system.similarity(system.placed(parts)), 1)


def _chosen(take: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.where(take.reshape(-1, *[1] * (one.ndim - 1)), one, other)


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
