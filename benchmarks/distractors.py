"""Points as the gallery grows from 100 images to a million: real drawings first, then made-up vectors.

Run: python -m benchmarks.distractors [FOLDER] [--models sface,dlib] [--most 1000000] [--picture FILE.webp]

FOLDER is a project after `dvc repro`. Every photograph of the test asks at every size. Up to the number of drawings of
the dataset (test and training identities) the gallery is real: five identities' drawings, with which their photographs
are to be answered, among drawings of others. Beyond, each further image is a vector of nobody: drawn from the normal
distribution of the real drawings' vectors of all models together, scaled to unit length for each model. What that is
worth is seen at sizes that both can fill: `made up` there replaces the real drawings of others.

The plan is tuned on training identities with `transductive: false`; of its options the domain shift and the weights are
used, since gallery averaging and hubness corrections compare all gallery images with each other. The search is the
exact one of the pipeline, over parts of the gallery; what is held is one part and the first answers.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.quality import Material
from benchmarks.several_photos import grouped
from lookalike.fusion.combine import concatenate
from lookalike.fusion.plan import Plan
from lookalike.kit.files import atomic_path
from lookalike.metrics.bootstrap import interval, resampled_means
from lookalike.metrics.rates import points
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.nearest import Answers, merge, top_of_part
from lookalike.retrieval.vectors import unit
from lookalike.run.run import Run

SIZES = tuple(round(10**power) for power in np.arange(2, 6.01, 0.5))
PART, DEPTH, TOGETHER, PHOTOS, RESAMPLES, SEED = 1 << 16, 10, 5, 3, 2000, 0


class Crowd:
    """The drawings of a run and what resembles them.

    Attributes:
        gallery: each model's (n, dim) real drawings, those of test identities first.
        label: (n,) whose they are.
    """

    def __init__(self, run: Material) -> None:
        table = run.tables[0]
        drawn = run.embeddings[0].train_domain == "synthetic"
        self.gallery = [np.concatenate([part.gallery, part.train[drawn]]) for part in run.embeddings]
        self.label = np.concatenate([run.gallery, table.label[table.split == "train"][drawn]]).astype(str)
        joined = np.concatenate(self.gallery, axis=1).astype(np.float64)
        self._mean = joined.mean(axis=0)
        self._root = np.linalg.cholesky(np.cov(joined.T) + 1e-9 * np.eye(joined.shape[1])).astype(np.float32)
        self._ends = np.cumsum([part.shape[1] for part in self.gallery])[:-1]

    def made_up(self, part: int, count: int) -> list[np.ndarray]:
        """Return each model's (count, dim) unit vectors of nobody; the same for the same part."""
        noise = np.random.default_rng([SEED, part]).standard_normal((count, len(self._mean)), dtype=np.float32)
        rows = noise @ self._root.T + self._mean.astype(np.float32)
        return [unit(rows) for rows in np.split(rows, self._ends, axis=1)]


class System:
    """A way to ask: one matrix of queries, and the gallery placed in the same space, part by part."""

    def __init__(self, name: str, plan: Plan, run: Material, parts: Sequence[Embeddings], label: np.ndarray) -> None:
        self.name, self.label = name, label.astype(str)
        self._plan, self._which = plan, [run.models.index(model) for model in plan.models]
        self._parts = [parts[which] for which in self._which]
        self.query = self._placed([part.gallery[:0] for part in parts])[0]

    def top(self, gallery: Sequence[np.ndarray], start: int, asks: np.ndarray | slice = slice(None)) -> Answers:
        """Return the first answers of the queries that ask among some images, which start at `start`."""
        return top_of_part(self.query[asks], self._placed(gallery)[1], start, DEPTH)

    def _placed(self, gallery: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        # A shift of nothing is none, so one row is always there.
        rows = [gallery[which] for which in self._which]
        held = [np.concatenate([own, part.gallery[:1]]) for own, part in zip(rows, self._parts, strict=True)]
        parts = [replace(part, gallery=own) for part, own in zip(self._parts, held, strict=True)]
        joined = concatenate(self._plan.place(parts), np.array(self._plan.weight))
        return joined.query, joined.gallery[:-1]

    def points(self, found: Answers, label: np.ndarray, asks: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the (n_query,) points of answers, given whose the gallery's first images are; the rest are nobody."""
        known = np.append(label, "")[np.minimum(found[0], len(label))]
        hit = known == self.label[asks][:, None]
        return points(np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0))


def small(system: System, crowd: Crowd, size: int, made_up: bool) -> np.ndarray:
    """Return the points where five identities at a time ask among their own drawings and others, `size` in all."""
    rng, result = np.random.default_rng(SEED), np.zeros(len(system.label))
    people = rng.permutation(np.unique(system.label))
    for number, some in enumerate(np.array_split(people, max(1, round(len(people) / TOGETHER)))):
        own, other = (np.flatnonzero(np.isin(crowd.label, some, invert=invert)) for invert in (False, True))
        more = size - len(own)
        rows = np.concatenate([own, rng.permutation(other)[: 0 if made_up else more]])
        gallery = [part[rows] for part in crowd.gallery]
        if made_up:
            drawn = crowd.made_up(1_000_000 + number, more)
            gallery = [np.concatenate(pair) for pair in zip(gallery, drawn, strict=True)]
        asks = np.flatnonzero(np.isin(system.label, some))
        result[asks] = system.points(system.top(gallery, 0, asks), crowd.label[rows], asks)
    return result


def large(system: System, crowd: Crowd, sizes: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the points at each of the sizes, all real drawings first and vectors of nobody after them."""
    found, at, number = system.top(crowd.gallery, 0), len(crowd.label), 0
    for size in sizes:
        while at < size:
            drawn = crowd.made_up(number, min(PART, size - at))
            found = merge([found, system.top(drawn, at)], DEPTH)
            at, number = at + len(drawn[0]), number + 1
        yield system.points(found, crowd.label)


def systems(run: Material) -> list[System]:
    plan, _ = run.tuned(transductive=False)
    options = plan.retrieval
    off = {"gallery_averaging": {"enabled": False}, "hubness": {"method": "none"}}
    shifted = replace(plan, retrieval=type(options).model_validate(options.model_dump() | off))
    print(f"{run.models}: weights {plan.weight}, {shifted.retrieval.model_dump(exclude_defaults=True)}")
    plain = [Plan.equal("joint", [model], type(options)(transductive=False)) for model in run.models]
    alone = [System(one.models[0], one, run, run.embeddings, run.query) for one in plain]
    threes = grouped(run.query, PHOTOS, np.random.default_rng(SEED))
    several = [replace(part, query=unit(part.query[threes].mean(axis=1))) for part in run.embeddings]
    ensemble = System("ensemble", shifted, run, run.embeddings, run.query)
    return [*alone, ensemble, System(f"ensemble, {PHOTOS} photographs", shifted, run, several, run.query[threes[:, 0]])]


def measured(system: System, crowd: Crowd, most: int) -> dict[tuple[int, str], np.ndarray]:
    """Return (size, what fills the gallery) -> points of each query."""
    real = len(crowd.label)
    smaller, larger = [n for n in SIZES if n < real], [n for n in SIZES if real < n <= most]
    found = {(n, "real"): small(system, crowd, n, False) for n in smaller}
    found |= {(n, "made up"): small(system, crowd, n, True) for n in smaller}
    values = large(system, crowd, [real, *larger])
    return found | {(n, "real" if n == real else "real, then made up"): next(values) for n in (real, *larger)}


def draw(path: Path, curves: dict[str, dict[tuple[int, str], float]], real: int) -> None:
    """Draw points over the size of the gallery."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2), dpi=100, layout="constrained")
    axes = figure.subplots()
    for name, values in curves.items():
        line = sorted((n, points) for (n, filling), points in values.items() if filling != "made up")
        axes.plot(*zip(*line, strict=True), marker="o", markersize=4, label=name)
    axes.axvline(real, color="0.6", linestyle=":", linewidth=1)
    axes.annotate(
        "real drawings  ←  →  made-up vectors",
        (real, 0.36),
        xycoords=("data", "axes fraction"),
        ha="center",
        xytext=(0, 0),
        textcoords="offset points",
        fontsize=8,
        color="0.35",
    )
    axes.set(xscale="log", xlabel="images in the gallery", ylabel="points (not transductive)", ylim=(None, 1020))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left", frameon=False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="webp", pil_kwargs={"quality": 85})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path())
    parser.add_argument("--models")
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    run = Material(Run(given.folder).files, given.models.split(",") if given.models else None)
    crowd, curves = Crowd(run), {}
    for system in systems(run):
        begin = time.perf_counter()
        found = measured(system, crowd, given.most)
        curves[system.name] = {key: float(values.mean()) for key, values in found.items()}
        print(f"\n{system.name}: {len(system.label)} queries, {time.perf_counter() - begin:.0f} s")
        for (size, filling), values in found.items():
            draws = resampled_means(values[:, None], RESAMPLES, np.random.default_rng(SEED))
            span = interval(values.mean(), draws[:, 0])
            right = np.mean(values == 1000)
            print(f"{size:>9,} {filling:20s}{span.mean:7.1f} [{span.low:.1f}, {span.high:.1f}]  top-1 {right:.3f}")
    if given.picture:
        draw(given.picture, curves, len(crowd.label))


if __name__ == "__main__":
    main()
