"""What each fusion rule and retrieval method is worth, on the embeddings that a pipeline run has left.

Run: python -m benchmarks.quality [FOLDER]    (a project folder after `dvc repro`, by default this one)

The options of the tuned rows come from `tune`, which sees training identities alone; the rows of single methods use
their documented settings. Points of 1000 with 95 % intervals over queries, and paired differences to the plain sum.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import none
from lookalike.fusion.plan import Plan
from lookalike.fusion.rules.table import OURS, STUDY, rule_named
from lookalike.fusion.tuning.tune import tune
from lookalike.metrics.bootstrap import interval, paired_difference, resampled_means
from lookalike.metrics.rates import points
from lookalike.params.fusion import FusionOptions
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.clouds import Clouds
from lookalike.run.files import Files
from lookalike.run.run import Run
from lookalike.validation.held_out import validation_mask

RESAMPLES, SEEDS = 2000, 4
METHODS: dict[str, dict[str, object]] = {
    "centre (training means)": {"shift": "centre"},
    "centre (test means)*": {"shift": "centre", "reference": "test"},
    "CORAL": {"shift": "coral"},
    "WCCN": {"shift": "wccn"},
    "PCA whitening": {"shift": "whiten"},
    "Procrustes alignment": {"shift": "align", "shrinkage": 0.9},
    "query averaging, 8*": {"query_neighbours": 8},
    "query averaging, 8, twice*": {"query_neighbours": 8, "query_rounds": 2},
    "gallery averaging, 3": {"gallery_neighbours": 3},
    "alpha query expansion, 3": {"expansion": 3},
    "CSLS*": {"hubness": "csls"},
    "inverted softmax*": {"hubness": "inverted_softmax"},
    "dual softmax*": {"hubness": "dual_softmax"},
    "mutual proximity*": {"hubness": "mutual_proximity"},
    "CSLS, training bank": {"hubness": "csls", "transductive": False},
    "k-reciprocal*": {"rerank": "k_reciprocal"},
    "diffusion*": {"rerank": "diffusion", "k1": 40},
    "diffusion, gallery graph": {"rerank": "diffusion", "k1": 10, "transductive": False},
    "prototypes": {"prototypes": 0.1},
}


class Material:
    """The embeddings of a run and the labels of its test."""

    def __init__(self, files: Files) -> None:
        params = files.params
        self.models = params.run.models
        self.tables = [files.embeddings(model) for model in self.models]
        self.clouds = tuple(Clouds.of(table) for table in self.tables)
        self.held_out = validation_mask(self.tables[0].label, params.validation)
        self.fitted = any(table.metadata["kept"] == "trained" for table in self.tables)
        self.seed = params.run.seed
        label_of = dict(zip(files.catalog.image_id, files.catalog.label, strict=True))
        table = self.tables[0]
        self.query, self.gallery = (
            np.array([label_of[name] for name in table.image_id[table.split == split]], dtype=object)
            for split in ("query", "gallery")
        )

    def plan(self, seed: int = 0, **retrieval: object) -> Plan:
        return tune(
            self.models,
            self.tables,
            self.held_out,
            self.fitted,
            "joint",
            RetrievalOptions(**retrieval),
            FusionOptions(),
            np.random.default_rng(self.seed + seed),
        )

    def fused(self, rule: str, plan: Plan, options: RetrievalOptions, clouds: tuple[Clouds, ...]) -> np.ndarray:
        weight, accuracy = np.array(plan.weight), np.array(plan.accuracy)
        return rule_named(rule)(Evidence(clouds, weight, accuracy, options, (none,) * len(clouds)))


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
    equal = replace(tuned, weight=[1 / len(run.models)] * len(run.models))
    off = RetrievalOptions()
    rows = {name: run.fused("joint", equal_to(model, equal), off, run.clouds) for model, name in enumerate(run.models)}
    rows["plain sum"] = run.fused("weighted_sum", equal, off, run.clouds)
    rows |= {f"study: {name}": run.fused(name, tuned, off, run.clouds) for name in STUDY}
    rows |= {f"{name}, tuned*": run.fused(name, tuned, tuned.options(off), run.clouds) for name in OURS}
    strict = RetrievalOptions(transductive=False)
    rows["joint, tuned, transductive: false"] = run.fused("joint", alone, alone.options(strict), run.clouds)
    return {name: points(first_hit(scores, run.query, run.gallery)) for name, scores in rows.items()}


def equal_to(model: int, plan: Plan) -> Plan:
    return replace(plan, weight=[float(i == model) for i in range(len(plan.weight))])


def methods(run: Material, plan: Plan) -> dict[str, np.ndarray]:
    plain = replace(plan, weight=[1 / len(run.models)] * len(run.models))
    rows = {"plain sum": run.fused("joint", plain, RetrievalOptions(), run.clouds)}
    rows |= {name: run.fused("joint", plain, RetrievalOptions(**o), run.clouds) for name, o in METHODS.items()}
    return {name: points(first_hit(scores, run.query, run.gallery)) for name, scores in rows.items()}


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
    equal = replace(plan, weight=[1 / len(run.models)] * len(run.models))
    for name, (pick_query, pick_gallery) in SCENES.items():
        plain, ours = [], []
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            q, g = pick_query(rng, run.query), pick_gallery(rng, run.gallery)
            clouds = tuple(replace(part, query=part.query[q], gallery=part.gallery[g]) for part in run.clouds)
            off = RetrievalOptions()
            for rows, recipe, options in ((plain, equal, off), (ours, plan, plan.options(off))):
                scores = run.fused("joint", recipe, options, clouds)
                rows.append(points(first_hit(scores, run.query[q], run.gallery[g])))
        yield name, np.concatenate(plain), np.concatenate(ours)


def main(root: Path) -> None:
    run = Material(Run(root).files)
    tuned, alone = run.plan(), run.plan(transductive=False)
    print(f"{', '.join(run.models)}: {len(run.query)} queries, {len(run.gallery)} gallery images. * transductive")
    for name, plan in (("tuned", tuned), ("tuned, transductive: false", alone)):
        print(
            f"{name}: weights {plan.weight}, {plan.retrieval}; {len(plan.tried)} recipes, {plan.identities} identities"
        )
    table("Rules", systems(run, tuned, alone), "plain sum")
    table("One method at a time, on the plain sum", methods(run, tuned), "plain sum")
    for name, plain, ours in scenes(run, tuned):
        table(f"Scene: {name}", {"plain sum": plain, "joint, tuned*": ours}, "plain sum")
    print("\nThe tuned ensemble when the validation identities are halved otherwise")
    for seed in range(1, SEEDS):
        for transductive in (True, False):
            plan = run.plan(seed, transductive=transductive)
            options = plan.options(RetrievalOptions(transductive=transductive))
            value = points(first_hit(run.fused("joint", plan, options, run.clouds), run.query, run.gallery)).mean()
            print(f"  transductive {transductive!s:5s} {value:7.1f}  weights {plan.weight}, {plan.retrieval}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
