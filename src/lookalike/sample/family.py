"""Look-alikes: people come in families, so that telling one from another takes more than hair and beard."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from lookalike.sample.identity import Identity

SIBLINGS = 2
LIKENESS = 0.75  # 0: strangers; 1: twins


def member(seed: int, number: int) -> Identity:
    """The person of that number: siblings share cut and beard, and resemble one another in the rest."""
    parent = Identity.draw(np.random.default_rng([seed, number // SIBLINGS]))
    person = Identity.draw(np.random.default_rng([seed, number // SIBLINGS, 1 + number % SIBLINGS]))
    return replace(blend(person, parent, LIKENESS), glasses=person.glasses, moles=person.moles, texture=person.texture)


def blend(own: Any, other: Any, share: float) -> Any:
    """Move numbers towards `other` by `share`, field by field; what can only be chosen becomes `other`'s."""
    if is_dataclass(own) and not isinstance(own, type):
        pairs = ((field.name, getattr(own, field.name), getattr(other, field.name)) for field in fields(own))
        return replace(own, **{name: blend(mine, theirs, share) for name, mine, theirs in pairs})
    if isinstance(own, tuple) and len(own) == len(other):
        return tuple(blend(mine, theirs, share) for mine, theirs in zip(own, other, strict=True))
    if isinstance(own, float):
        return own + (float(other) - own) * share
    return other
