"""What several photographs of one person are worth, and how they are best made one query.

Run: python -m benchmarks.several_photos [FOLDER] [--models sface,dlib] [--photos 3] [--test]

FOLDER is a project after `dvc repro`. The training identities that no model was fitted on ask, in folds, as for the
tuner: their photographs are parted at random into groups of `--photos`, and each way to make one query of a group is
held against the mean points of its photographs alone. `--test` does the same, once, with the way that the program uses
and the labels of the test set. The plan is tuned on the training identities with `transductive: false`, so that no
query leans on another. Points of 1000, averaged over identities, and within one over its groups in several partings.
Intervals are 95 % bootstrap intervals of the paired difference, over identities: groups of one are not independent.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.quality import Material
from lookalike.fusion.plan import Plan
from lookalike.metrics.bootstrap import paired_difference, resampled_means
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.vectors import unit
from lookalike.run.run import Run
from lookalike.validation.folds import Fold, make_folds
from lookalike.validation.protocol import query_points, query_precision

RESAMPLES, SEED, PARTINGS = 5000, 0, 8
USED = "mean of unit vectors"

# From a plan, each model's embeddings, their (n_group, k) rows of photographs and the certainty of each photograph's
# face (n_query,) to (n_group, n_gallery) scores.
Side = tuple[Fold, np.ndarray]
Way = Callable[[Plan, tuple[Embeddings, ...], np.ndarray, np.ndarray], np.ndarray]


def mean_vector(plan: Plan, parts: tuple[Embeddings, ...], group: np.ndarray, sure: np.ndarray) -> np.ndarray:
    return plan.similarity([replace(part, query=unit(part.query[group].mean(axis=1))) for part in parts])


def sure_vector(plan: Plan, parts: tuple[Embeddings, ...], group: np.ndarray, sure: np.ndarray) -> np.ndarray:
    weight = sure[group][:, :, None].astype(np.float32) + 1e-3
    return plan.similarity([replace(part, query=unit((part.query[group] * weight).sum(axis=1))) for part in parts])


def placed_vector(plan: Plan, parts: tuple[Embeddings, ...], group: np.ndarray, sure: np.ndarray) -> np.ndarray:
    return plan.compare([replace(part, query=unit(part.query[group].mean(axis=1))) for part in plan.place(parts)])


def agreeing_vector(plan: Plan, parts: tuple[Embeddings, ...], group: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Weigh each photograph by its mean cosine to the others: an odd one says less."""
    return plan.similarity([replace(part, query=unit(_agreed(part.query[group]))) for part in parts])


def _agreed(rows: np.ndarray) -> np.ndarray:
    others = (rows.sum(axis=1, keepdims=True) - rows) / (rows.shape[1] - 1)
    return (rows * np.clip((rows * others).sum(axis=2, keepdims=True), 1e-3, None)).sum(axis=1)


def mean_score(plan: Plan, parts: tuple[Embeddings, ...], group: np.ndarray, sure: np.ndarray) -> np.ndarray:
    return plan.similarity(parts)[group].mean(axis=1)


def best_score(plan: Plan, parts: tuple[Embeddings, ...], group: np.ndarray, sure: np.ndarray) -> np.ndarray:
    return plan.similarity(parts)[group].max(axis=1)


WAYS: dict[str, Way] = {
    USED: mean_vector,
    "the same, by the detector's certainty": sure_vector,
    "the same, by agreement": agreeing_vector,
    "mean after the domain shift": placed_vector,
    "mean of scores": mean_score,
    "best score": best_score,
}


def grouped(identity: np.ndarray, photos: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n_group, photos) rows: each identity's photographs, shuffled, cut into groups; a rest is left out."""
    groups = [np.empty((0, photos), dtype=np.int64)]
    for one in np.unique(identity.astype(str)):
        rows = rng.permutation(np.flatnonzero(identity.astype(str) == one))
        groups.append(rows[: len(rows) // photos * photos].reshape(-1, photos))
    return np.concatenate(groups)


def judged(plan: Plan, fold: Fold, group: np.ndarray, sure: np.ndarray, ways: dict[str, Way]) -> dict[str, np.ndarray]:
    """Return way -> (n_group, 2) points and average precision; `alone` is the mean of the group's photographs."""
    alone = plan.similarity(fold.embeddings)
    found = {
        "alone": np.stack([f(alone, fold.relevant)[group].mean(axis=1) for f in (query_points, query_precision)], 1)
    }
    relevant = fold.relevant[group[:, 0]]
    for name, way in ways.items():
        scores = way(plan, fold.embeddings, group, sure)
        found[name] = np.stack([query_points(scores, relevant), query_precision(scores, relevant)], axis=1)
    return found


def validation_folds(run: Material, sure: dict[str, float]) -> list[Side]:
    """Return the folds of the training identities, and the certainty of their photographs' faces."""
    table = run.tables[0]
    train = table.split == "train"
    rng = np.random.default_rng(run.seed)
    certainty = np.array([sure.get(name, 1.0) for name in table.image_id[train]])
    # The certainty goes along as one more model, which nothing compares.
    parts = [
        *run.embeddings,
        replace(
            run.embeddings[0],
            query=run.embeddings[0].query[:, :1],
            gallery=run.embeddings[0].gallery[:, :1],
            train=certainty[:, None].astype(np.float32),
        ),
    ]
    folds = make_folds(parts, run.part[train], [*run.unseen, None], 1, rng)
    return [(replace(f, embeddings=f.embeddings[:-1]), f.embeddings[-1].query[:, 0]) for f in folds]


def test_fold(run: Material, sure: dict[str, float]) -> list[Side]:
    table = run.tables[0]
    relevant = run.query[:, None] == run.gallery
    fold = Fold(tuple(run.embeddings), run.query, relevant)
    return [(fold, np.array([sure.get(name, 1.0) for name in table.image_id[table.split == "query"]]))]


def by_identity(
    run: Material, plan: Plan, sides: list[Side], ways: dict[str, Way], photos: int
) -> dict[str, np.ndarray]:
    """Return way -> (n_identity, 2) mean points and average precision over the groups of each identity."""
    rng, values, owner = np.random.default_rng(SEED), [], []
    for fold, sure in sides * PARTINGS:
        group = grouped(fold.identity, photos, rng)
        values.append(judged(plan, fold, group, sure, ways))
        owner.append(fold.identity[group[:, 0]].astype(str))
    names, code = np.unique(np.concatenate(owner), return_inverse=True)
    joined = {way: np.concatenate([one[way] for one in values]) for way in values[0]}
    return {way: np.stack([rows[code == i].mean(axis=0) for i in range(len(names))]) for way, rows in joined.items()}


def report(title: str, found: dict[str, np.ndarray]) -> None:
    print(f"\n{title}: {len(found['alone'])} identities\n{'':40s}{'points':>8s}{'mAP':>7s}   minus alone")
    for name, values in found.items():
        pair = np.stack([values[:, 0], found["alone"][:, 0]], axis=1)
        gain = paired_difference(pair, resampled_means(pair, RESAMPLES, np.random.default_rng(SEED)), 0, 1)
        points, precision = values.mean(axis=0)
        print(f"{name:40s}{points:8.1f}{precision:7.3f}   {gain.mean:+6.1f} [{gain.low:+.1f}, {gain.high:+.1f}]")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path())
    parser.add_argument("--models")
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--test", action="store_true")
    given = parser.parse_args()
    files = Run(given.folder).files
    run = Material(files, given.models.split(",") if given.models else None)
    plan, _ = run.tuned(transductive=False)
    print(f"{run.models}: weights {plan.weight}, {plan.retrieval.model_dump(exclude_defaults=True)}")
    sure = dict(zip(files.faces.image_id, files.faces.score.tolist(), strict=True))
    sides = test_fold(run, sure) if given.test else validation_folds(run, sure)
    ways = {USED: WAYS[USED]} if given.test else WAYS
    title = "test" if given.test else "training identities that no model was fitted on"
    found = by_identity(run, plan, sides, ways, given.photos)
    report(f"{title}, {given.photos} photographs a query, transductive: false", found)


if __name__ == "__main__":
    main()
