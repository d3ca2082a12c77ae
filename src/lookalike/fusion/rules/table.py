"""The fusion rules by name."""

from collections.abc import Callable

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.fusion.rules.candidate_sum import by_accuracy, candidate_sum, seventy_thirty
from lookalike.fusion.rules.concatenation import concatenation, joint
from lookalike.fusion.rules.confidence_max import confidence_max
from lookalike.fusion.rules.means import accuracy_mean, inverse_error_mean
from lookalike.fusion.rules.pca_mean import pca_mean
from lookalike.fusion.rules.ranks import borda, reciprocal_rank
from lookalike.fusion.rules.weighted_sum import weighted_sum
from lookalike.kit.errors import LookalikeError

Rule = Callable[[Evidence], np.ndarray]

# Rules that follow the retrieval options and the tuned weights.
OURS: dict[str, Rule] = {
    "joint": joint,
    "weighted_sum": weighted_sum,
    "reciprocal_rank": reciprocal_rank,
    "borda": borda,
}
# The study's rules, on plain cosines, exactly as published: rows to be compared with.
STUDY: dict[str, Rule] = {
    "candidate_sum_50": candidate_sum(50, seventy_thirty),
    "candidate_sum_10": candidate_sum(10, by_accuracy),
    "concatenation": concatenation,
    "accuracy_mean": accuracy_mean,
    "inverse_error_mean": inverse_error_mean,
    "confidence_max": confidence_max,
    "pca_mean": pca_mean,
}
RULES = OURS | STUDY


def rule_named(name: str) -> Rule:
    """Return a rule.

    Raises:
        LookalikeError: there is none of that name.
    """
    if name not in RULES:
        raise LookalikeError(f"run.fusion: unknown rule {name}; known: {', '.join(sorted(RULES))}")
    return RULES[name]
