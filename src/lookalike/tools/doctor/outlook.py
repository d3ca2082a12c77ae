"""What the next `dvc repro` will do, how long that takes, and whether the disk has room for it."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvc.exceptions import DvcException
from dvc.repo import Repo

from lookalike.kit.errors import LookalikeError
from lookalike.kit.tables import Table, columns, size_text

# What a stage writes stands in the workspace, and in DVC's cache.
COPIES = 2


@dataclass(frozen=True)
class Outlook:
    """The stages to run, in order.

    Attributes:
        stages: their names. A stage after a changed one counts, though DVC skips it where its inputs come out the same.
        seconds: stage -> what it took last time, for those that are known.
        needed: bytes that their outputs took last time, in the workspace and in the cache.
        unsized: stages that never ran here, so that `needed` is without them.
        free: bytes free on the disk.
    """

    stages: tuple[str, ...]
    seconds: Mapping[str, float]
    needed: int
    unsized: tuple[str, ...]
    free: int

    @classmethod
    def look(cls, durations: Mapping[str, float]) -> "Outlook":
        """Ask DVC which stages changed.

        Raises:
            LookalikeError: DVC cannot read the pipeline.
        """
        try:
            with Repo() as repo:
                return _outlook(repo, durations)
        except DvcException as error:
            raise LookalikeError(
                f"dvc status: {error}; `lookalike check` tells what is wrong with params.yaml"
            ) from error

    def faults(self) -> list[str]:
        """Return what keeps a run from ending well."""
        if self.free >= self.needed:
            return []
        return [
            f"the disk has {size_text(self.free)} free and the next run needs about {size_text(self.needed)}; "
            "`dvc gc --workspace` drops what no run in the workspace needs"
        ]

    def table(self) -> Table:
        """Return the stages as a table."""
        rows = [(stage, _time(self.seconds[stage]) if stage in self.seconds else "not known") for stage in self.stages]
        title = (
            f"Stages that the next `dvc repro` runs: {len(rows)}" if rows else "The next `dvc repro` has nothing to do"
        )
        return Table(title, columns("stage", ">last time"), rows, self._note())

    def _note(self) -> str:
        unsized = f", without what {', '.join(self.unsized)} will write for the first time" if self.unsized else ""
        disk = f"Disk: {size_text(self.free)} free, about {size_text(self.needed)} needed{unsized}."
        return f"{self._duration()} {disk}".strip()

    def _duration(self) -> str:
        unknown = len(self.stages) - len(self.seconds)
        if not self.stages:
            return ""
        if not self.seconds:
            return "How long that takes is known after the first run here."
        rest = f", and {unknown} of unknown length" if unknown else ""
        return f"About {_time(sum(self.seconds.values()))}{rest}."


def _outlook(repo: Repo, durations: Mapping[str, float]) -> Outlook:
    graph = repo.index.graph
    changed = set(repo.status())
    stale = downstream(graph, [stage for stage in graph if stage.addressing in changed])
    ordered = sorted(stale, key=lambda stage: (len(downstream(graph, [stage])) * -1, stage.addressing))
    sizes = {stage.addressing: [out.meta.size for out in stage.outs if out.meta] for stage in ordered}
    names = tuple(sizes)
    return Outlook(
        stages=names,
        seconds={name: durations[name] for name in names if name in durations},
        needed=COPIES * sum(size or 0 for outs in sizes.values() for size in outs),
        unsized=tuple(name for name, outs in sizes.items() if outs and not any(outs)),
        free=shutil.disk_usage(Path()).free,
    )


def downstream(graph: Any, stages: Iterable[Any]) -> set[Any]:
    """Return the stages and all that depend on them; an edge of DVC's graph leads from a stage to what it needs."""
    reached, waiting = set(), list(stages)
    while waiting:
        stage = waiting.pop()
        if stage not in reached:
            reached.add(stage)
            waiting += graph.predecessors(stage)
    return reached


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
