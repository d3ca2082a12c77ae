"""What a fusion rule may look at: several models' views of the same queries and gallery."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lookalike.fusion.normalise import Scale
from lookalike.kit.errors import LookalikeError
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.clouds import Clouds
from lookalike.retrieval.pipeline import similarity
from lookalike.retrieval.similarity import cosine


@dataclass(frozen=True)
class Evidence:
    """Models in a fixed order, over the same images in the same order.

    Attributes:
        clouds: each model's embeddings.
        weight: (n_model,) how much each counts, of sum 1.
        accuracy: (n_model,) top-1 rate of each on validation identities, in [0, 1].
        options: the retrieval options for rules that are not published references.
        scale: for each model, what brings its scores to a common scale.
    """

    clouds: tuple[Clouds, ...]
    weight: np.ndarray
    accuracy: np.ndarray
    options: RetrievalOptions
    scale: tuple[Scale, ...]

    def __post_init__(self) -> None:
        if not self.clouds or {len(self.weight), len(self.accuracy), len(self.scale)} != {len(self.clouds)}:
            raise LookalikeError(
                f"fusion needs a weight, an accuracy and a scale for each of {len(self.clouds)} models"
            )
        shapes = {(len(part.query), len(part.gallery)) for part in self.clouds}
        if len(shapes) > 1:
            raise LookalikeError(f"fusion needs models over the same images; (queries, gallery) are {sorted(shapes)}")

    @cached_property
    def raw(self) -> tuple[np.ndarray, ...]:
        """Each model's (n_query, n_gallery) plain cosines, whole: no candidate is missing."""
        return tuple(cosine(part.query, part.gallery) for part in self.clouds)

    @cached_property
    def similarity(self) -> tuple[np.ndarray, ...]:
        """Each model's (n_query, n_gallery) similarities under the retrieval options, on a common scale."""
        return tuple(scale(similarity(part, self.options)) for part, scale in zip(self.clouds, self.scale, strict=True))
