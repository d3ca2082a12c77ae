"""From one model's embeddings to a similarity: `Embeddings -> Placed -> Similarity`.

A correction is a function of a value and its own block of options, and returns a value of the same type, so that all
can be combined; they are applied in the order of the tables. A new one is a file, a block in `params/retrieval.py` and
a line here. What needs the other queries looks at `Placed.transductive` and leaves the value as it is.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.assignment import assignment
from lookalike.retrieval.averaging import expansion, gallery_averaging, query_averaging
from lookalike.retrieval.diffusion import diffusion
from lookalike.retrieval.embeddings import Embeddings, Placed
from lookalike.retrieval.hubness import hubness
from lookalike.retrieval.k_reciprocal import k_reciprocal
from lookalike.retrieval.place import place
from lookalike.retrieval.prototypes import prototypes
from lookalike.retrieval.similarity import Cosines, Scores, Similarity

# Name of the options' block -> correction of vectors.
OF_VECTORS: dict[str, Callable[[Placed, Any], Placed]] = {
    "gallery_averaging": gallery_averaging,
    "query_averaging": query_averaging,
    "expansion": expansion,
}
# Name of the options' block -> correction of scores. Diffusion starts anew from the vectors, so it is first.
OF_SCORES: dict[str, Callable[[Similarity, Any], Similarity]] = {
    "diffusion": diffusion,
    "k_reciprocal": k_reciprocal,
    "prototypes": prototypes,
    "hubness": hubness,
    "assignment": assignment,
}


def similarity(embeddings: Embeddings, options: RetrievalOptions) -> Similarity:
    """Return how alike one model finds queries and gallery.

    Args:
        embeddings: the model's.
        options: the `retrieval` block; with nothing enabled this is plain cosine.
    """
    return compare(place(embeddings, options.shift, options.transductive), options)


def compare(placed: Placed, options: RetrievalOptions) -> Similarity:
    """Return the similarity of vectors that are placed already, under every correction but the shift."""
    if len(placed.query) == 0 or len(placed.gallery) == 0:
        return Scores(placed, np.zeros((len(placed.query), len(placed.gallery)), dtype=np.float32))
    for name, of_vectors in OF_VECTORS.items():
        block = getattr(options, name)
        placed = placed.once(of_vectors, block) if block.enabled else placed
    result: Similarity = Cosines(placed)
    for name, of_scores in OF_SCORES.items():
        block = getattr(options, name)
        result = of_scores(result, block) if block.enabled else result
    return result
