"""What many images would take on the present recipe: rates that were measured here, times arithmetic."""

import os
from dataclasses import asdict, dataclass
from typing import Any

from lookalike.catalog.queries import photographs
from lookalike.kit.durations import read_work
from lookalike.kit.errors import LookalikeError
from lookalike.retrieval.ranking import depth_within
from lookalike.run.run import Run
from lookalike.tools.doctor.room import Room, Sizes, disk, memory
from lookalike.tools.doctor.steps import Fleet, Scale, Step, make_steps

# A cluster of ordinary machines, where the person names none.
MACHINES, CORES = 10, 32
# Hours that exact search may take.
DAY = 24.0


@dataclass(frozen=True)
class Plan:
    """Hours, machines, disk and memory.

    Attributes:
        dataset: whose last run was measured.
        scale: how many images.
        fleets: this machine, and a cluster.
        steps: what is computed.
        original: mean bytes of an image's file.
        disk: what lies on disks at the end.
        memory: what processes hold.
    """

    dataset: str
    scale: Scale
    fleets: tuple[Fleet, ...]
    steps: tuple[Step, ...]
    original: float
    disk: tuple[Room, ...]
    memory: tuple[Room, ...]

    @classmethod
    def make(cls, run: Run, images: int, queries: int | None, machines: int | None, cores: int | None) -> "Plan":
        """Work it out.

        Args:
            run: the finished run, in the workspace.
            images: how many there are to be.
            queries: how many of them ask; by default the share of the last run.
            machines: of the cluster.
            cores: of each of its machines.

        Raises:
            LookalikeError: nothing was measured here, a file of the run is missing, or more are to ask than there are.
        """
        works, params = read_work(run.files.layout.work), run.params
        if not works:
            raise LookalikeError("no run has been measured on this machine; run `dvc repro`, then ask again")
        catalog = run.files.catalog
        queries = queries or max(1, round(images * len(photographs(catalog)) / len(catalog)))
        if queries >= images:
            raise LookalikeError(f"--queries {queries}: expected fewer than the {images} images; the rest is searched")
        depth = depth_within(params.retrieval.depth, queries, images - queries)
        scale = Scale(images, queries, depth, {model: run.files.embeddings(model).dim for model in params.run.models})
        steps = make_steps(params, scale, works)
        sizes = Sizes.look(run)
        fleets = (
            Fleet("local", 1, len(os.sched_getaffinity(0))),
            Fleet("ray", machines or MACHINES, cores or CORES),
        )
        computed = [step.work for step in steps if not step.alone]
        space = disk(scale, sizes, params.dataset.crop, len(scale.dims) + 1)
        return cls(params.run.dataset, scale, fleets, steps, sizes.original, space, tuple(memory(scale, computed)))

    def reading(self, fleet: Fleet) -> float:
        """Return the bytes of originals a second that the fastest step over images takes in."""
        return max(step.rate(fleet) * self.original for step in self.steps if not step.searches)

    def exact(self, fleet: Fleet) -> float:
        """Return the gallery's size at which exact search for the queries takes a day."""
        return self.scale.gallery * DAY / sum(step.hours(fleet) for step in self.steps if step.searches)

    def as_dict(self) -> dict[str, Any]:
        """Return the whole as JSON values."""
        steps = [
            {
                "step": step.name,
                "units": step.units,
                "units_a_core_second": step.work.rate,
                "source": step.source,
                "core_hours": step.core_hours,
                "hours": {fleet.executor: step.hours(fleet) for fleet in self.fleets},
            }
            for step in self.steps
        ]
        return asdict(self) | {
            "steps": steps,
            "reading_bytes_a_second": {fleet.executor: self.reading(fleet) for fleet in self.fleets},
            "exact_search_a_day_gallery": {fleet.executor: self.exact(fleet) for fleet in self.fleets},
        }
