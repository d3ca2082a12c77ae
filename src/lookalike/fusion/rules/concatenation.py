"""Concatenated embeddings: one long vector an image, as if the models were one."""

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.retrieval.clouds import Clouds
from lookalike.retrieval.pipeline import similarity
from lookalike.retrieval.prepare import moved
from lookalike.retrieval.similarity import cosine


def joint(evidence: Evidence) -> np.ndarray:
    """Return the similarities, under the retrieval options, of weighted concatenations.

    Each model's domain shift is undone in its own space first. Plain, this is the weighted sum of cosines; with
    neighbours in play, all models together choose them, and one model's false friend is another's stranger.
    """
    clouds = tuple(moved(part, evidence.options) for part in evidence.clouds)
    return similarity(concatenate(clouds, evidence.weight), evidence.options.model_copy(update={"shift": "none"}))


def concatenation(evidence: Evidence) -> np.ndarray:
    """Return the cosine of concatenated embeddings, all models alike.

    The study concatenated raw features, whose lengths weighed the models by accident; embedding tables hold unit
    rows, for which this is the mean of the cosines.
    """
    n = len(evidence.clouds)
    joint = concatenate(evidence.clouds, np.full(n, 1 / n))
    return cosine(joint.query, joint.gallery)


def concatenate(clouds: tuple[Clouds, ...], weight: np.ndarray) -> Clouds:
    """Return one model whose cosine is Σ w_m cos_m.

    Each vector is scaled by the root of its model's weight: unit rows in, unit rows out.

    Args:
        clouds: models over the same images.
        weight: (n_model,) of sum 1, none below 0.
    """
    root = np.sqrt(weight).astype(np.float32)

    def joined(side: str) -> np.ndarray:
        return np.concatenate([r * getattr(part, side) for r, part in zip(root, clouds, strict=True)], axis=1)

    first = clouds[0]
    return Clouds(joined("query"), joined("gallery"), joined("train"), first.train_label, first.train_domain)
