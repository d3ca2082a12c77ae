"""The retrieval recipes that the tuner tries: few, and in a fixed order, so that luck has little to choose from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lookalike.params.retrieval import RetrievalOptions

Change = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """Alternatives of which at most one is kept.

    Attributes:
        name: what the step is about.
        changes: to the retrieval options.
        transductive: whether they do anything only when queries are answered together.
    """

    name: str
    changes: tuple[Change, ...]
    transductive: bool = False


SHIFT = Step("shift and weights", ({"shift": "centre"}, {"shift": "wccn"}))
LADDER = (
    SHIFT,
    Step(
        "query averaging",
        (
            {"query_neighbours": 4, "query_rounds": 2},
            {"query_neighbours": 8, "query_rounds": 1},
            {"query_neighbours": 8, "query_rounds": 2},
        ),
        transductive=True,
    ),
    Step("gallery averaging", ({"gallery_neighbours": 3},)),
    Step("hubness", ({"hubness": "dual_softmax", "temperature": 0.1}, {"hubness": "csls", "hubness_neighbours": 20})),
    # Last, because it costs most: the default budget of 8 stops before it.
    Step("rerank", ({"rerank": "k_reciprocal"},), transductive=True),
)


def ladder(given: RetrievalOptions, learnable: bool) -> list[Step]:
    """Return the steps that can do anything under the options given; the first is always about shift and weights.

    Args:
        given: says whether queries may be answered together.
        learnable: whether there are training images to learn a shift from.
    """
    shift = SHIFT if learnable else replace(SHIFT, changes=())
    return [shift, *(step for step in LADDER[1:] if given.transductive or not step.transductive)]


def within_budget(steps: list[Step], budget: int) -> Iterator[Step]:
    """Yield the steps with as many changes, counted from the first, as the budget allows."""
    for step in steps:
        yield replace(step, changes=step.changes[:budget])
        budget -= min(budget, len(step.changes))
