"""From a recipe to a trained model: every part of the identities judges in turn, and then all of them teach."""

from collections.abc import Sequence

import numpy as np

from lookalike.training.blend import SHARES, best_share
from lookalike.training.progress import Row
from lookalike.training.record import Outcome
from lookalike.training.trainer import Trainer
from lookalike.validation.protocol import ValidationScore, mean_score


def train(trainer: Trainer) -> Outcome:
    """Train; the frozen model is kept unless training beats it on held-out identities.

    The epoch, and how far back to the published weights, are those of the best mean over the parts that judge. With
    several, all identities then teach a model for as many epochs; how good that one is nobody is left to say.
    Source: Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", 2009, section 7.10.
    """
    training, options = trainer.training, trainer.options
    frozen = {judge: trainer.frozen(judge) for judge in training.judges}
    courses = {judge: trainer.course(judge, options.epochs + options.head_epochs) for judge in training.judges}
    epoch = _best_epoch([course.progress.scores for course in courses.values()])
    worth = {
        share: {judge: trainer.worth(judge, course, epoch, share) for judge, course in courses.items()}
        for share in (SHARES if options.blend else SHARES[:1])
    }
    share = best_share({share: mean_score(scores.values()) for share, scores in worth.items()})
    trained = worth[share]
    better = mean_score(trained.values()).score > mean_score(frozen.values()).score
    apart = {judge: trainer.weights(course, epoch, share) for judge, course in courses.items()} if better else {}
    history = _mean_history([course.progress.history for course in courses.values()])
    refitted = training.all_teach and better
    state = trainer.weights(trainer.course(None, epoch), epoch, share) if refitted else next(iter(apart.values()), {})
    return Outcome(state, apart if refitted else {}, history, frozen, trained, epoch, share)


def _best_epoch(curves: Sequence[Sequence[ValidationScore]]) -> int:
    """Return the epoch of the best mean, from 1, among those that every course has reached; of equals the first."""
    means = [mean_score(scores).score for scores in zip(*curves, strict=False)]
    return 1 + int(np.argmax(means))


def _mean_history(histories: Sequence[Sequence[Row]]) -> list[Row]:
    """Return, for each epoch that every course has reached, the means of its figures."""
    return [
        {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        for rows in zip(*histories, strict=False)
    ]
