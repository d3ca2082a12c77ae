"""Choosing retrieval options and weights on validation identities, never on the test."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lookalike.embedding.table import EmbeddingTable, same_images
from lookalike.fusion.confidence import Confidence
from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import Scale
from lookalike.fusion.plan import CALIBRATED, Plan, scales
from lookalike.fusion.rules.concatenation import concatenate
from lookalike.fusion.rules.table import OURS, rule_named
from lookalike.fusion.tuning.candidates import Change, ladder, within_budget
from lookalike.fusion.tuning.forward_selection import Recipe, Search
from lookalike.fusion.tuning.measure import accuracies, calibrate, confidence
from lookalike.fusion.tuning.weights import Weight, candidates, equal
from lookalike.params.fusion import FusionOptions
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.clouds import Clouds
from lookalike.retrieval.domain import infer_domain
from lookalike.retrieval.prepare import moved
from lookalike.validation.folds import Fold, make_folds


def tune(
    models: Sequence[str],
    tables: Sequence[EmbeddingTable],
    held_out: np.ndarray,
    fitted: bool,
    rule: str,
    retrieval: RetrievalOptions,
    fusion: FusionOptions,
    rng: np.random.Generator,
) -> Plan:
    """Return the plan of the ensemble.

    Args:
        models: their names.
        tables: their embeddings, of the same images.
        held_out: (n,) bool over the tables' rows: validation identities.
        fitted: whether any model was fitted on training identities that are not held out.
        rule: name of the fusion rule.
        retrieval: options to start from; `transductive: false` restricts what is tried.
        fusion: how to search.
        rng: deals the validation identities into halves.
    """
    same_images(tables)
    clouds, domains = _with_domains([Clouds.of(table) for table in tables], retrieval)
    train = tables[0].split == "train"
    folds = make_folds(clouds, held_out[train], fitted, fusion.repeats, rng) if train.any() else []
    start = Recipe(retrieval, equal(len(models)))
    if not folds:
        # Nothing to judge by: the options as given, equal weights, and a confidence that says so.
        return Plan(rule, list(models), list(start.weight), [0.0] * len(models), {}, [], Confidence(), 0, [], domains)
    accuracy = accuracies(folds)
    calibrated = len(models) if fusion.normalise in CALIBRATED else 0
    calibration = [calibrate(folds, model, retrieval) for model in range(calibrated)]
    scale = scales(calibration, fusion.normalise, len(models))

    fuse = _fuser(rule, accuracy, scale)
    search = Search(folds, fuse, fusion.caution, start)
    if fusion.tune and rule in OURS:
        _climb(search, folds, retrieval, fusion)
    recipe = search.recipe
    return Plan(
        rule=rule,
        models=list(models),
        weight=list(recipe.weight),
        accuracy=[round(float(a), 6) for a in accuracy],
        retrieval=_changes(retrieval, recipe.options),
        calibration=calibration,
        confidence=confidence(folds, [fuse(fold, recipe) for fold in folds]),
        identities=len(set(search.identity)),
        tried=search.tried,
        domains=domains,
    )


def _fuser(rule: str, accuracy: np.ndarray, scale: tuple[Scale, ...]) -> Callable[[Fold, Recipe], np.ndarray]:
    """Return what makes a fold's similarities under a recipe; each fold's domain shift is worked out once."""
    placed: dict[tuple[int, str], tuple[Clouds, ...]] = {}

    def fuse(fold: Fold, recipe: Recipe) -> np.ndarray:
        clouds, options = fold.clouds, recipe.options
        if rule in OURS:
            key = (id(fold), options.shift)
            if key not in placed:
                placed[key] = tuple(moved(part, options) for part in clouds)
            clouds, options = placed[key], options.model_copy(update={"shift": "none"})
        return rule_named(rule)(Evidence(clouds, np.array(recipe.weight), accuracy, options, scale))

    return fuse


def _climb(search: Search, folds: list[Fold], retrieval: RetrievalOptions, fusion: FusionOptions) -> None:
    """Walk the ladder of recipes within the budget.

    How two models' cosines compare depends on the shift, so weights are judged together with it, in the first step.
    """
    weights = [search.recipe.weight, *candidates(folds, fusion)]
    learnable = all(len(fold.clouds[0].train) for fold in folds)
    shifts, *rest = within_budget(ladder(retrieval, learnable), fusion.budget)
    here = search.recipe
    search.step(
        shifts.name, [_candidate(here, change, weight) for change in ({}, *shifts.changes) for weight in weights]
    )
    for step in rest:
        here = search.recipe
        search.step(step.name, [_candidate(here, change, here.weight) for change in step.changes])


def _candidate(here: Recipe, change: Change, weight: Weight) -> tuple[str, Recipe]:
    settings = [f"{key}: {value}" for key, value in change.items()]
    if weight != here.weight:
        settings.append(f"weights: {list(weight)}")
    options = here.options.model_copy(update=change)
    return ", ".join(settings) or "as given", Recipe(options, weight)


def _changes(given: RetrievalOptions, chosen: RetrievalOptions) -> dict[str, Any]:
    before, after = given.model_dump(), chosen.model_dump()
    return {key: value for key, value in after.items() if value != before[key]}


def _with_domains(clouds: list[Clouds], options: RetrievalOptions) -> tuple[list[Clouds], dict[str, Any]]:
    """Return clouds whose training images have domains, and how those were come by."""
    unknown = clouds[0].train_domain == "unknown"
    report: dict[str, Any] = {"stated": int((~unknown).sum()), "unknown": int(unknown.sum())}
    testable = len(clouds[0].query) and len(clouds[0].gallery)
    if not unknown.any() or not options.transductive or not testable:
        return clouds, report
    inferred = infer_domain(concatenate(tuple(clouds), np.array(equal(len(clouds)))))
    domain = np.where(unknown, inferred.domain, clouds[0].train_domain)
    report |= {"certainty": round(inferred.certainty, 4), "accuracy": round(inferred.accuracy, 4)}
    return [replace(part, train_domain=domain) for part in clouds], report
