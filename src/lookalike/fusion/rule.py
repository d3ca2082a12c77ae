"""A fusion rule by its name: the file `rules/<name>.py`, loaded without any other rule's."""

from collections.abc import Callable
from importlib import import_module

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.kit.errors import LookalikeError
from lookalike.params.fusion import RULES


def rule_named(name: str) -> Callable[[Evidence], np.ndarray]:
    """Return what makes the (n_query, n_gallery) float32 scores of an ensemble.

    Raises:
        LookalikeError: there is no rule of that name.
    """
    if name not in RULES:
        raise LookalikeError(f"run.fusion: unknown rule {name}; known: {', '.join(sorted(RULES))}")
    rule: Callable[[Evidence], np.ndarray] = import_module(f"lookalike.fusion.rules.{name}").fuse
    return rule
