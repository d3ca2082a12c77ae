"""What can answer a search: every model of the run, and all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.fusion.plan import Plan
from lookalike.metrics.systems import ENSEMBLE
from lookalike.retrieval.embeddings import Embeddings, Placed
from lookalike.tools.search.run import SearchRun


@dataclass(frozen=True)
class System:
    """One way to compare a photograph with a gallery, without looking at other photographs.

    Attributes:
        name: a model, or `ensemble`.
        plan: followed for one photograph at a time.
    """

    name: str
    plan: Plan

    @property
    def models(self) -> tuple[str, ...]:
        """The models whose embeddings it needs, in order."""
        return tuple(self.plan.models)

    def placed(self, embeddings: Sequence[Embeddings]) -> tuple[Placed, ...]:
        """Return vectors after the domain shift, photographs moved as queries and all else as the gallery."""
        return self.plan.place(embeddings)

    def similarity(self, placed: Sequence[Placed]) -> np.ndarray:
        """Return the (n_query, n_gallery) scores of vectors that `placed` made."""
        return self.plan.compare(placed)


def systems_of(run: SearchRun) -> dict[str, System]:
    """Return the run's systems by name: its models in order, then the ensemble where there are several."""
    learnable = all((table.split == "train").any() for table in run.tables.values())
    # One model is ranked by the `retrieval` block, as the rank stage ranks it.
    plans = {model: Plan.equal("joint", [model], run.params.retrieval) for model in run.tables}
    if run.plan is not None and len(plans) > 1:
        plans[ENSEMBLE] = run.plan
    return {name: System(name, plan.alone(learnable)) for name, plan in plans.items()}
