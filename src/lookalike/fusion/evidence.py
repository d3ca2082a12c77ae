"""What a fusion rule may look at: several models' views of the same queries and gallery."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lookalike.fusion.combine import concatenate, listed, weighted
from lookalike.fusion.normalise import Scale
from lookalike.kit.errors import LookalikeError
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.embeddings import Placed
from lookalike.retrieval.pipeline import compare
from lookalike.retrieval.similarity import Cosines, Similarity


@dataclass(frozen=True)
class Evidence:
    """Models in a fixed order, over the same images in the same order.

    Attributes:
        models: each model's vectors; moved between domains only for rules that are tuned.
        weight: (n_model,) how much each counts, of sum 1.
        accuracy: (n_model,) top-1 rate of each on validation identities, in [0, 1].
        options: the retrieval options for rules that are tuned.
        scale: for each model, what brings its scores to a common scale.
    """

    models: tuple[Placed, ...]
    weight: np.ndarray
    accuracy: np.ndarray
    options: RetrievalOptions
    scale: tuple[Scale, ...]

    def __post_init__(self) -> None:
        if not self.models or {len(self.weight), len(self.accuracy), len(self.scale)} != {len(self.models)}:
            raise LookalikeError(
                f"fusion needs a weight, an accuracy and a scale for each of {len(self.models)} models"
            )
        shapes = {(len(part.query), len(part.gallery)) for part in self.models}
        if len(shapes) > 1:
            raise LookalikeError(f"fusion needs models over the same images; (queries, gallery) are {sorted(shapes)}")

    @cached_property
    def plain(self) -> tuple[Similarity, ...]:
        """Each model's plain cosines."""
        return tuple(map(Cosines, self.models))

    @cached_property
    def corrected(self) -> tuple[Similarity, ...]:
        """Each model's similarity under the retrieval options."""
        return tuple(compare(part, self.options) for part in self.models)

    def by_query(self, rule: "Callable[[Seen], np.ndarray]") -> Similarity:
        """Return the similarity of a rule by which no query's scores depend on another's."""
        return Fused(self.models[0], self, rule)

    @property
    def accuracy_shares(self) -> np.ndarray:
        """Weights proportional to accuracy, as 970 to 910 in the study; equal where all are 0."""
        total = self.accuracy.sum()
        return self.accuracy / total if total > 0 else np.full(len(self.accuracy), 1 / len(self.accuracy))

    def joined(self, weight: np.ndarray) -> Placed:
        """Return one model whose cosine is Σ w_m cos_m."""
        first, *others = self.models
        return first.once(_joined, (tuple(others), tuple(weight)))

    def candidate_sum(self, candidates: int, weight: np.ndarray) -> Similarity:
        """Return the study's Σ w_m cos_m over the images on model m's list: its first ones, of cosine 0.1 at least.

        Faults, kept because this is a reference row: an image missing from a model's list scores 0 from it, as if that
        model had called it a stranger; raw cosines of different models are added as if they measured the same; the
        weights came from test scores.

        Args:
            candidates: length of each model's list.
            weight: (n_model,).
        """
        return self.by_query(lambda seen: weighted([listed(cosines, candidates) for cosines in seen.cosines], weight))


def _joined(first: Placed, others_and_weight: tuple[tuple[Placed, ...], tuple[float, ...]]) -> Placed:
    others, weight = others_and_weight
    return concatenate((first, *others), np.array(weight))


@dataclass(frozen=True)
class Seen:
    """Every model's full rows of scores for consecutive queries: no candidate is missing.

    Attributes:
        evidence: of all queries.
        queries: which of them.
    """

    evidence: Evidence
    queries: slice

    @property
    def cosines(self) -> tuple[np.ndarray, ...]:
        """Each model's (n, n_gallery) plain cosines."""
        return tuple(similarity.rows(self.queries) for similarity in self.evidence.plain)

    @property
    def halves(self) -> tuple[np.ndarray, ...]:
        """Each model's (cos + 1) / 2, in [0, 1]."""
        return tuple((cosines + 1) / 2 for cosines in self.cosines)

    @property
    def scores(self) -> tuple[np.ndarray, ...]:
        """Each model's (n, n_gallery) scores under the retrieval options, on a common scale."""
        parts = (similarity.rows(self.queries) for similarity in self.evidence.corrected)
        return tuple(scale(part) for part, scale in zip(parts, self.evidence.scale, strict=True))


@dataclass(frozen=True)
class Fused(Similarity):
    """Several models' scores made one, query by query.

    Attributes:
        evidence: what is fused.
        rule: from a block of queries' evidence to their (n, n_gallery) scores.
    """

    evidence: Evidence
    rule: Callable[[Seen], np.ndarray]

    def rows(self, queries: slice) -> np.ndarray:
        """Return the fused scores of consecutive queries."""
        return self.rule(Seen(self.evidence, queries)).astype(np.float32, copy=False)
