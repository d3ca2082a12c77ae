"""One long vector an image, so that all models together choose its neighbours."""

from lookalike.fusion.evidence import Evidence
from lookalike.retrieval.pipeline import compare
from lookalike.retrieval.similarity import Similarity


def fuse(evidence: Evidence) -> Similarity:
    """Return the scores, under the retrieval options, of weighted concatenations.

    Each model's domain shift was undone in its own space. Plain, this is the weighted sum of cosines; with neighbours
    in play, all models together choose them, and one model's false friend is another's stranger.
    """
    return compare(evidence.joined(evidence.weight), evidence.options)
