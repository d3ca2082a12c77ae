"""What can answer a search: every model of the run, and all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import Scale
from lookalike.fusion.plan import Plan
from lookalike.fusion.rules.table import OURS, rule_named
from lookalike.metrics.summary import ENSEMBLE
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.clouds import Clouds
from lookalike.retrieval.pipeline import similarity
from lookalike.retrieval.prepare import moved
from lookalike.tools.search.run import SearchRun


@dataclass(frozen=True)
class Mixture:
    """How several models are put together: the part of a plan that is about models with a say.

    Attributes:
        rule: name of the fusion rule.
        weight: (n_model,) of sum 1.
        accuracy: (n_model,) top-1 rates on validation identities.
        scale: for each model, what brings its scores to a common scale.
    """

    rule: str
    weight: np.ndarray
    accuracy: np.ndarray
    scale: tuple[Scale, ...]


@dataclass(frozen=True)
class System:
    """One way to compare a photograph with a gallery, without looking at other photographs.

    Attributes:
        name: a model, or `ensemble`.
        models: whose embeddings it needs, in order.
        options: retrieval options, never transductive.
        mixture: how models are put together; None for a single model.
    """

    name: str
    models: tuple[str, ...]
    options: RetrievalOptions
    mixture: Mixture | None = None

    def placed(self, clouds: Sequence[Clouds]) -> tuple[Clouds, ...]:
        """Return clouds after the domain shift, photographs moved as queries and all else as the gallery."""
        return tuple(moved(part, self.options) for part in clouds) if self._shifts else tuple(clouds)

    def similarity(self, placed: Sequence[Clouds]) -> np.ndarray:
        """Return the (n_query, n_gallery) similarities of clouds that `placed` made."""
        options = self.options.model_copy(update={"shift": "none"})
        if self.mixture is None:
            return similarity(placed[0], options)
        mixture = self.mixture
        evidence = Evidence(tuple(placed), mixture.weight, mixture.accuracy, options, mixture.scale)
        return rule_named(mixture.rule)(evidence)

    @property
    def _shifts(self) -> bool:
        # The study's rules compare embeddings as they are.
        return self.mixture is None or self.mixture.rule in OURS


def systems_of(run: SearchRun) -> dict[str, System]:
    """Return the run's systems by name: its models in order, then the ensemble where there are several."""
    retrieval, fusion = run.params.retrieval, run.params.fusion
    learnable = all((table.split == "train").any() for table in run.tables.values())
    systems = {model: System(model, (model,), alone(retrieval, learnable)) for model in run.tables}
    if run.plan is not None and len(systems) > 1:
        options = alone(run.plan.options(retrieval), learnable)
        systems[ENSEMBLE] = System(ENSEMBLE, *_mixed(run.plan, options, fusion.normalise))
    return systems


def _mixed(plan: Plan, options: RetrievalOptions, normalise: str) -> tuple[tuple[str, ...], RetrievalOptions, Mixture]:
    """Return the models that have a say, the options, and how the models are put together.

    A model of weight 0 changes nothing, so that a photograph need not wait for it; the study's rules ignore weights.
    """
    weight, scale = np.array(plan.weight), plan.scales(normalise)
    heard = np.flatnonzero((weight > 0) | (plan.rule not in OURS))
    models = tuple(plan.models[index] for index in heard)
    mixture = Mixture(plan.rule, weight[heard], np.array(plan.accuracy)[heard], tuple(scale[index] for index in heard))
    return models, options, mixture


def alone(options: RetrievalOptions, learnable: bool) -> RetrievalOptions:
    """Return retrieval options for one photograph at a time: whatever needs others is off.

    Args:
        options: as the run has them.
        learnable: whether there are training images; without them a domain shift has nothing else to learn from.
    """
    shift = options.shift if learnable else "none"
    return options.model_copy(update={"transductive": False, "shift": shift})
