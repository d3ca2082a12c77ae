"""The study's confidence rule: one sure model answers alone."""

import numpy as np

from lookalike.fusion.evidence import Evidence, Seen
from lookalike.retrieval.similarity import Similarity

SURE = 0.95


def fuse(evidence: Evidence) -> Similarity:
    """Return, query by query, the most confident model's (cos + 1) / 2 where one's best exceeds 0.95, else the mean.

    Fault, kept: the models' cosines are not on one scale, so the model with the widest cosines answers, not the surest.
    """
    return evidence.by_query(_surest)


def _surest(seen: Seen) -> np.ndarray:
    scores = np.stack(seen.halves)
    mean = scores.mean(axis=0)
    if scores.shape[2] == 0:
        return mean
    top = scores.max(axis=2)
    alone = np.take_along_axis(scores, top.argmax(axis=0)[None, :, None], axis=0)[0]
    return np.where(top.max(axis=0)[:, None] > SURE, alone, mean)
