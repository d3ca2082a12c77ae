"""What each fusion rule and retrieval method is worth, on the embeddings that a pipeline run has left.

Run: python -m benchmarks.quality [FOLDER]    (a project folder after `dvc repro`, by default this one)

The options of the tuned rows come from `tune`, which sees training identities alone; the rows of single methods use
their documented settings. Points of 1000 with 95 % intervals over queries, and paired differences to the plain sum.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.embedding.cross_fitted import unseen
from lookalike.fusion.plan import Plan
from lookalike.fusion.tuning.record import Record
from lookalike.fusion.tuning.tune import tune
from lookalike.metrics.bootstrap import interval, paired_difference, resampled_means
from lookalike.metrics.rates import points
from lookalike.params.fusion import RULES, TUNED_RULES, FusionOptions
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.embeddings import Embeddings
from lookalike.run.files import Files
from lookalike.run.run import Run
from lookalike.validation.parts import part_of

RESAMPLES, SEEDS = 2000, 4
METHODS: dict[str, dict[str, Any]] = {
    "centre (training means)": {"shift": {"method": "centre"}},
    "centre (test means)*": {"shift": {"method": "centre", "reference": "test"}},
    "CORAL": {"shift": {"method": "coral"}},
    "WCCN": {"shift": {"method": "wccn"}},
    "PCA whitening": {"shift": {"method": "whiten"}},
    "Procrustes alignment": {"shift": {"method": "align", "shrinkage": 0.9}},
    "query averaging, 8*": {"query_averaging": {"enabled": True, "neighbours": 8}},
    "query averaging, 8, twice*": {"query_averaging": {"enabled": True, "neighbours": 8, "rounds": 2}},
    "gallery averaging, 3": {"gallery_averaging": {"enabled": True, "neighbours": 3}},
    "alpha query expansion, 3": {"expansion": {"enabled": True, "neighbours": 3}},
    "CSLS*": {"hubness": {"method": "csls"}},
    "inverted softmax*": {"hubness": {"method": "inverted_softmax"}},
    "dual softmax*": {"hubness": {"method": "dual_softmax"}},
    "mutual proximity*": {"hubness": {"method": "mutual_proximity"}},
    "CSLS, training bank": {"hubness": {"method": "csls"}, "transductive": False},
    "k-reciprocal*": {"k_reciprocal": {"enabled": True}},
    "diffusion*": {"diffusion": {"enabled": True, "neighbours": 40}},
    "diffusion, gallery graph": {"diffusion": {"enabled": True, "neighbours": 10}, "transductive": False},
    "prototypes": {"prototypes": {"enabled": True, "weight": 0.1}},
}


class Material:
    """The embeddings of a run and the labels of its test."""

    def __init__(self, files: Files, models: list[str] | None = None) -> None:
        params = files.params
        self.models = models or params.run.models
        self.tables = [files.embeddings(model) for model in self.models]
        self.embeddings = tuple(Embeddings.of(table) for table in self.tables)
        self.part = part_of(self.tables[0].label, params.validation)
        self.unseen = [
            unseen(table, files.cross_fitted(model)) for model, table in zip(self.models, self.tables, strict=True)
        ]
        self.seed = params.run.seed
        label_of = dict(zip(files.catalog.image_id, files.catalog.label, strict=True))
        table = self.tables[0]
        self.query, self.gallery = (
            np.array([label_of[name] for name in table.image_id[table.split == split]], dtype=object)
            for split in ("query", "gallery")
        )

    def tuned(self, seed: int = 0, **retrieval: Any) -> tuple[Plan, Record]:
        return tune(
            self.models,
            self.tables,
            self.part,
            self.unseen,
            "joint",
            RetrievalOptions(**retrieval),
            FusionOptions(),
            np.random.default_rng(self.seed + seed),
        )

    def equal(self, rule: str = "joint", **retrieval: Any) -> Plan:
        return Plan.equal(rule, self.models, RetrievalOptions.model_validate(retrieval))

    def points(self, plan: Plan) -> np.ndarray:
        return points(first_hit(plan.similarity(self.embeddings), self.query, self.gallery))


def first_hit(similarity: np.ndarray, query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    hit = gallery[np.argsort(-similarity, axis=1, kind="stable")] == query[:, None]
    return np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0)


def table(title: str, rows: dict[str, np.ndarray], reference: str) -> None:
    values = np.stack(list(rows.values()), axis=1)
    draws = resampled_means(values, RESAMPLES, np.random.default_rng(0))
    print(f"\n{title}\n{'':34s}{'points':>8s}  95 % interval    minus {reference}")
    names = list(rows)
    for i, name in enumerate(names):
        span = interval(values[:, i].mean(), draws[:, i])
        gain = paired_difference(values, draws, i, names.index(reference))
        difference = f"{gain.mean:+7.1f} [{gain.low:+.1f}, {gain.high:+.1f}]"
        print(f"{name:34s}{span.mean:8.1f}  [{span.low:.1f}, {span.high:.1f}]  {difference}")


def systems(run: Material, tuned: Plan, alone: Plan) -> dict[str, np.ndarray]:
    plain = run.equal()
    plans = {name: only(model, plain) for model, name in enumerate(run.models)}
    plans["plain sum"] = run.equal("weighted_sum")
    plans |= {f"study: {name}": replace(tuned, rule=name) for name in RULES if name not in TUNED_RULES}
    plans |= {f"{name}, tuned*": replace(tuned, rule=name) for name in TUNED_RULES}
    plans["joint, tuned, transductive: false"] = alone
    return {name: run.points(plan) for name, plan in plans.items()}


def only(model: int, plan: Plan) -> Plan:
    return replace(plan, weight=[float(i == model) for i in range(len(plan.weight))])


def methods(run: Material) -> dict[str, np.ndarray]:
    return {name: run.points(run.equal(**options)) for name, options in ({"plain sum": {}} | METHODS).items()}


Pick = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def one_each(rng: np.random.Generator, label: np.ndarray) -> np.ndarray:
    return np.array([rng.choice(np.flatnonzero(label == name)) for name in np.unique(label.astype(str))])


def everyone(rng: np.random.Generator, label: np.ndarray) -> np.ndarray:
    return np.arange(len(label))


def few(rng: np.random.Generator, label: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.isin(label.astype(str), np.unique(label.astype(str))[:5]))


def twice(rng: np.random.Generator, label: np.ndarray) -> np.ndarray:
    return np.repeat(np.arange(len(label)), 2)


SCENES: dict[str, tuple[Pick, Pick]] = {
    "as it is": (everyone, everyone),
    "one query an identity": (one_each, everyone),
    "one to one": (one_each, one_each),
    "most of the gallery distractors": (few, everyone),
    "five identities": (few, few),
    "every image twice": (twice, twice),
}


def scenes(run: Material, plan: Plan) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield each scene's points by plain sum and by the plan, over the same queries."""
    for name, (pick_query, pick_gallery) in SCENES.items():
        plain, ours = [], []
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            q, g = pick_query(rng, run.query), pick_gallery(rng, run.gallery)
            parts = [replace(part, query=part.query[q], gallery=part.gallery[g]) for part in run.embeddings]
            for rows, followed in ((plain, run.equal()), (ours, plan)):
                rows.append(points(first_hit(followed.similarity(parts), run.query[q], run.gallery[g])))
        yield name, np.concatenate(plain), np.concatenate(ours)


def told(plan: Plan) -> str:
    changed = plan.retrieval.model_dump(exclude_defaults=True)
    return f"weights {plan.weight}, {changed}"


def main(root: Path) -> None:
    run = Material(Run(root).files)
    (tuned, record), (alone, strictly) = run.tuned(), run.tuned(transductive=False)
    print(f"{', '.join(run.models)}: {len(run.query)} queries, {len(run.gallery)} gallery images. * transductive")
    for name, plan, how in (("tuned", tuned, record), ("tuned, transductive: false", alone, strictly)):
        print(f"{name}: {told(plan)}; {len(how.tried)} candidates, {how.identities} identities")
    table("Rules", systems(run, tuned, alone), "plain sum")
    table("One method at a time, on the plain sum", methods(run), "plain sum")
    for name, plain, ours in scenes(run, tuned):
        table(f"Scene: {name}", {"plain sum": plain, "joint, tuned*": ours}, "plain sum")
    print("\nThe tuned ensemble when the validation identities are halved otherwise")
    for seed in range(1, SEEDS):
        for transductive in (True, False):
            plan, _ = run.tuned(seed, transductive=transductive)
            print(f"  transductive {transductive!s:5s} {run.points(plan).mean():7.1f}  {told(plan)}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
