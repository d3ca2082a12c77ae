"""The steps of a run of many images: how much each computes, at what measured rate, and how long that takes where."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lookalike.kit.durations import ENOUGH, Work, clocks, measured, since
from lookalike.kit.errors import LookalikeError
from lookalike.params.load import Params

# Of a bare product's rate, what the whole of a search is held to (benchmarks/search_size.py).
SEARCH_SHARE = 0.7
# What one machine does, however many there are: DVC runs a stage on one, and these hand nothing to an executor.
ALONE = ("catalog", "rank", "fuse")
# Sides of the product that is timed: queries, gallery and dimension, as search has them in its blocks.
_PRODUCT = (1024, 8192, 512)


@dataclass(frozen=True)
class Scale:
    """How many images there are to be.

    Attributes:
        images: all of them, each embedded by every model.
        queries: of these, those that ask; all others are searched.
        depth: answers kept for each query.
        dims: model -> length of its vectors.
    """

    images: int
    queries: int
    depth: int
    dims: Mapping[str, int]

    @property
    def gallery(self) -> int:
        """Images that are searched."""
        return self.images - self.queries


@dataclass(frozen=True)
class Fleet:
    """Machines of one kind, under one executor.

    Attributes:
        executor: `local` or `ray`.
        machines: how many.
        cores: of each.
    """

    executor: str
    machines: int
    cores: int


@dataclass(frozen=True)
class Step:
    """A stage at that scale.

    Attributes:
        name: of the stage, as DVC has it.
        units: what it computes: images, or query × gallery × dimension products.
        work: the measurement that its rate comes from.
        source: where that was measured.
    """

    name: str
    units: float
    work: Work
    source: str

    @property
    def alone(self) -> bool:
        """Whether one machine does it."""
        return self.name.partition("@")[0] in ALONE

    @property
    def searches(self) -> bool:
        """Whether it compares vectors, and does not go through images."""
        return self.name.partition("@")[0] in ("rank", "fuse")

    @property
    def core_hours(self) -> float:
        """Processor time; on cards, hours of a card."""
        return self.units / self.work.rate / 3600

    def hours(self, fleet: Fleet) -> float:
        """Return the hours by the clock, the cores as busy as they were when it was measured."""
        machines = 1 if self.alone else fleet.machines
        return self.core_hours / (machines * (fleet.cores * self.work.busy if self.work.device == "cpu" else 1))

    def rate(self, fleet: Fleet) -> float:
        """Return units a second by the clock."""
        return self.units / self.hours(fleet) / 3600


def make_steps(params: Params, scale: Scale, works: Mapping[str, Work]) -> tuple[Step, ...]:
    """Return the steps of the run that params describe, in order; training depends on other counts and is none.

    Args:
        params: the recipe.
        scale: how many images.
        works: what was measured, by stage.

    Raises:
        LookalikeError: a step was never measured here.
    """
    kinds = ["catalog", *(["faces"] if params.dataset.crop else []), *(f"embed@{model}" for model in params.run.models)]
    missing = [kind for kind in kinds if kind not in works]
    if missing:
        raise LookalikeError(
            f"{', '.join(missing)}: never measured here; run `LOOKALIKE_STORE=$(mktemp -d) dvc repro --force "
            f"--single-item {missing[0]}` on some images, then ask again"
        )
    over_images = [Step(kind, scale.images, works[kind], "the last run") for kind in kinds]
    search, source = search_work(params.run.models, works)
    cells = scale.queries * scale.gallery
    ranks = [Step(f"rank@{model}", cells * dim, search, source) for model, dim in scale.dims.items()]
    return (*over_images, *ranks, Step("fuse", cells * sum(scale.dims.values()), search, source))


def search_work(models: list[str], works: Mapping[str, Work]) -> tuple[Work, str]:
    """Return what search costs and where that was measured: the largest real one, or a product that is timed now."""
    ranks = [works[f"rank@{model}"] for model in models if f"rank@{model}" in works]
    large = [work for work in ranks if work.core_seconds >= ENOUGH]
    if large:
        return max(large, key=lambda work: work.units), "the last run"
    product = time_product()
    return replace(product, units=product.units * SEARCH_SHARE), f"{SEARCH_SHARE:g} of a matrix product, timed now"


def time_product() -> Work:
    """Return what a float32 matrix product takes here on all cores: about half a second of it."""
    queries, gallery, dim = _PRODUCT
    random = np.random.default_rng(0)
    left, right = (random.standard_normal((rows, dim), dtype=np.float32) for rows in (queries, gallery))
    left @ right.T  # starts the threads
    start, rounds = clocks(), 0
    while since(start)[0] < 0.5:
        left @ right.T
        rounds += 1
    spent, cores = since(start)[1], len(os.sched_getaffinity(0))
    # By the clock as if nothing else ran here meanwhile.
    return measured(rounds * queries * gallery * dim, spent / cores, spent, threads=cores)
