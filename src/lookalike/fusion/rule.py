"""A fusion rule by its name: the file `rules/<name>.py`, loaded without any other rule's."""

from collections.abc import Callable
from importlib import import_module

from lookalike.fusion.evidence import Evidence
from lookalike.kit.errors import LookalikeError
from lookalike.params.fusion import RULES
from lookalike.retrieval.similarity import Similarity


def rule_named(name: str) -> Callable[[Evidence], Similarity]:
    """Return what makes the similarity of an ensemble.

    Raises:
        LookalikeError: there is no rule of that name.
    """
    if name not in RULES:
        raise LookalikeError(f"run.fusion: unknown rule {name}; known: {', '.join(sorted(RULES))}")
    rule: Callable[[Evidence], Similarity] = import_module(f"lookalike.fusion.rules.{name}").fuse
    return rule
