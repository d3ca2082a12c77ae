"""The study's means of rescaled cosines, with weights from accuracies."""

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.fusion.rules.candidate_sum import by_accuracy
from lookalike.fusion.rules.weighted_sum import weighted


def accuracy_mean(evidence: Evidence) -> np.ndarray:
    """Return the mean of (cos + 1) / 2 with weights acc_i / Σ acc.

    Faults, kept: accuracies of 0.97 and 0.91 give weights so close that this is the plain mean under another name.
    """
    return weighted(halves(evidence), by_accuracy(evidence))


def inverse_error_mean(evidence: Evidence) -> np.ndarray:
    """Return the mean of (cos + 1) / 2 with weights ∝ 1 / (1 - acc + 1e-6).

    Fault, kept: a model that is perfect on the validation identities silences all others.
    """
    inverse = 1 / (1 - evidence.accuracy + 1e-6)
    return weighted(halves(evidence), inverse / inverse.sum())


def halves(evidence: Evidence) -> tuple[np.ndarray, ...]:
    """Return each model's raw cosines as (cos + 1) / 2."""
    return tuple((cosines + 1) / 2 for cosines in evidence.raw)
