"""Choosing retrieval options and weights on validation identities, never on the test."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lookalike.embedding.table import EmbeddingTable, same_images
from lookalike.fusion.combine import concatenate
from lookalike.fusion.plan import CALIBRATED, Plan
from lookalike.fusion.tuning.candidates import Candidate, candidate, steps_under, within_budget
from lookalike.fusion.tuning.forward_selection import ForwardSelection
from lookalike.fusion.tuning.likelihood import learn_confidence
from lookalike.fusion.tuning.measure import accuracies, calibrate
from lookalike.fusion.tuning.record import Record
from lookalike.fusion.tuning.weights import equal, weights_to_try
from lookalike.fusion.tuning.without_identities import without_identities
from lookalike.params.fusion import TUNED_RULES, FusionOptions
from lookalike.params.retrieval import RetrievalOptions, ShiftOptions
from lookalike.retrieval.domain import infer_domain
from lookalike.retrieval.embeddings import Embeddings, Placed
from lookalike.retrieval.similarity import fits_dense
from lookalike.validation.folds import Fold, Unseen, each_fold, make_folds


def tune(
    models: Sequence[str],
    tables: Sequence[EmbeddingTable],
    part: np.ndarray,
    unseen: Sequence[Unseen | None],
    rule: str,
    retrieval: RetrievalOptions,
    fusion: FusionOptions,
    rng: np.random.Generator,
) -> tuple[Plan, Record]:
    """Return the plan of the ensemble, and how it was decided.

    Identities decide on vectors of models that were not fitted on them. Where they give every fitted model a weight of
    zero, all of them decide anew what is done with the others' vectors, which none of them has shaped.

    Args:
        models: their names.
        tables: their embeddings, of the same images.
        part: (n,) int over the tables' rows: the part that a training image's identity is in.
        unseen: for each model, its vectors of training images by the part that may judge them; None for all parts.
        rule: name of the fusion rule.
        retrieval: options to start from; `transductive: false` restricts what is tried.
        fusion: how to choose.
        rng: deals the validation identities into halves.
    """
    same_images(tables)
    embeddings, domains = _with_domains([Embeddings.of(table) for table in tables], retrieval)
    train = tables[0].split == "train"
    folds = make_folds(embeddings, part[train], unseen, fusion.repeats, rng) if train.any() else []
    plan = Plan.equal(rule, models, retrieval, fusion.normalise)
    if not folds:
        # Nothing to judge by.
        tuned = fusion.tune and rule in TUNED_RULES
        return without_identities(plan, tables) if tuned else plan, Record(0, [], domains)
    calibrated = len(models) if fusion.normalise in CALIBRATED else 0
    plan = replace(
        plan,
        accuracy=[round(float(rate), 6) for rate in accuracies(folds)],
        calibration=[calibrate(folds, model, retrieval) for model in range(calibrated)],
    )
    fuse = _fuser(plan)
    selection = ForwardSelection(folds, fuse, fusion.caution, Candidate(retrieval, tuple(plan.weight)))
    if fusion.tune and rule in TUNED_RULES:
        first = embeddings[0]
        _select(selection, folds, fusion, fits_dense(len(first.query), len(first.gallery)))
    chosen = selection.current
    sure = learn_confidence(folds, each_fold(folds, lambda fold: fuse(fold, chosen)))
    plan = replace(_following(plan, chosen), confidence=sure)
    record = Record(len(set(selection.identity)), selection.tried, domains)
    heard = _unshaped(plan, unseen)
    if not heard:
        return plan, record
    names, parts = [models[i] for i in heard], [tables[i] for i in heard]
    alone, further = tune(names, parts, part, [None] * len(heard), rule, retrieval, fusion, rng)
    return _spread(plan, alone, heard), replace(further, tried=record.tried + further.tried)


def _unshaped(plan: Plan, unseen: Sequence[Unseen | None]) -> list[int]:
    """Return the models that a plan hears where it was tuned by fitted ones and hears none of them; else nobody."""
    heard = [i for i, weight in enumerate(plan.weight) if weight > 0]
    fitted = {i for i, vectors in enumerate(unseen) if vectors is not None}
    return heard if plan.rule in TUNED_RULES and fitted and not fitted.intersection(heard) else []


def _spread(plan: Plan, alone: Plan, heard: list[int]) -> Plan:
    """Return a plan that follows the one of some of its models, whose places are given, and ignores the others."""
    weight = np.zeros(len(plan.models))
    weight[heard] = alone.weight
    return replace(plan, weight=weight.tolist(), retrieval=alone.retrieval, confidence=alone.confidence)


def _following(plan: Plan, chosen: Candidate) -> Plan:
    return replace(plan, retrieval=chosen.options, weight=list(chosen.weight))


def _fuser(plan: Plan) -> Callable[[Fold, Candidate], np.ndarray]:
    """Return what makes a fold's scores under a candidate; each fold's domain shift is worked out once."""
    placed: dict[tuple[int, ShiftOptions], tuple[Placed, ...]] = {}

    def fuse(fold: Fold, chosen: Candidate) -> np.ndarray:
        following = _following(plan, chosen)
        key = (id(fold), chosen.options.shift)
        if key not in placed:
            placed[key] = following.place(fold.embeddings)
        return following.compare(placed[key])

    return fuse


def _select(selection: ForwardSelection, folds: list[Fold], fusion: FusionOptions, holdable: bool) -> None:
    """Take the steps in turn, within the budget.

    How two models' cosines compare depends on the shift, so weights are judged together with it, in the first step.
    """
    given = selection.current
    weights = [given.weight, *weights_to_try(folds, fusion)]
    learnable = all(len(fold.embeddings[0].train) for fold in folds)
    shifts, *rest = within_budget(steps_under(given.options, learnable, holdable), fusion.budget)
    selection.step(
        shifts.name,
        [candidate(given, settings, weight) for settings in ({}, *shifts.alternatives) for weight in weights],
    )
    for step in rest:
        current = selection.current
        selection.step(step.name, [candidate(current, settings, current.weight) for settings in step.alternatives])


def _with_domains(parts: list[Embeddings], options: RetrievalOptions) -> tuple[list[Embeddings], dict[str, Any]]:
    """Return embeddings whose training images have domains, and how those were come by."""
    unknown = parts[0].train_domain == "unknown"
    report: dict[str, Any] = {"stated": int((~unknown).sum()), "unknown": int(unknown.sum())}
    testable = len(parts[0].query) and len(parts[0].gallery)
    if not unknown.any() or not options.transductive or not testable:
        return parts, report
    inferred = infer_domain(concatenate(parts, np.array(equal(len(parts)))))
    domain = np.where(unknown, inferred.domain, parts[0].train_domain)
    report |= {"certainty": round(inferred.certainty, 4), "accuracy": round(inferred.accuracy, 4)}
    return [replace(part, train_domain=domain) for part in parts], report
