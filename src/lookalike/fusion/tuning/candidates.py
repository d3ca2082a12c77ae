"""The retrieval options that the tuner tries: few, and in a fixed order, so that luck has little to choose from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lookalike.params.retrieval import CslsOptions, RetrievalOptions

# Block of the retrieval options -> what is set in it.
Settings = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Candidate:
    """Retrieval options and the models' weights."""

    options: RetrievalOptions
    weight: tuple[float, ...]


@dataclass(frozen=True)
class Step:
    """Alternatives of which at most one is kept.

    Attributes:
        name: what the step is about.
        alternatives: what each sets in the retrieval options.
        transductive: whether they do anything only when queries are answered together.
        dense: whether, with queries answered together, they hold the test's scores in full.
    """

    name: str
    alternatives: tuple[Settings, ...]
    transductive: bool = False
    dense: bool = False


def _averaged(neighbours: int, rounds: int) -> Settings:
    return {"query_averaging": {"enabled": True, "neighbours": neighbours, "rounds": rounds}}


# WCCN learns from identities, which the test has none of.
SHIFT = Step(
    "shift and weights", ({"shift": {"method": "centre"}}, {"shift": {"method": "wccn", "reference": "train"}})
)
STEPS = (
    SHIFT,
    Step("query averaging", (_averaged(4, 2), _averaged(8, 1), _averaged(8, 2)), transductive=True),
    Step("gallery averaging", ({"gallery_averaging": {"enabled": True, "neighbours": 3}},)),
    Step(
        "hubness",
        ({"hubness": {"method": "dual_softmax"}}, {"hubness": {"method": "csls", "csls": CslsOptions(neighbours=20)}}),
        dense=True,
    ),
    # Last, because it costs most: the default budget of 8 stops before it.
    Step("rerank", ({"k_reciprocal": {"enabled": True}},), transductive=True),
)


def steps_under(given: RetrievalOptions, learnable: bool, holdable: bool = True) -> list[Step]:
    """Return the steps that can do anything under the options given; the first is always about shift and weights.

    Args:
        given: says whether queries may be answered together.
        learnable: whether there are training images to learn a shift from.
        holdable: whether the test's scores can be held in full; what `fuse` would refuse is not tried.
    """
    shift = SHIFT if learnable else replace(SHIFT, alternatives=())
    together = given.transductive
    return [shift, *(s for s in STEPS[1:] if (not s.dense or holdable if together else not s.transductive))]


def within_budget(steps: list[Step], budget: int) -> Iterator[Step]:
    """Yield the steps with as many alternatives, counted from the first, as the budget allows."""
    for step in steps:
        yield replace(step, alternatives=step.alternatives[:budget])
        budget -= min(budget, len(step.alternatives))


def candidate(current: Candidate, settings: Settings, weight: tuple[float, ...]) -> tuple[str, Candidate]:
    """Return the candidate with other settings and weights, and in words what they are."""
    words = [_words(block, inner) for block, inner in settings.items()]
    if weight != current.weight:
        words.append(f"weights {list(weight)}")
    blocks = {name: getattr(current.options, name).model_copy(update=inner) for name, inner in settings.items()}
    return ", ".join(words) or "as given", Candidate(current.options.model_copy(update=blocks), weight)


def _words(block: str, settings: Mapping[str, Any]) -> str:
    values = ", ".join(f"{key}: {value}" for key, value in settings.items() if key != "enabled")
    return f"{block} ({values})" if values else block
