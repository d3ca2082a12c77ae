"""The dataset, as the last run saw it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lookalike.catalog.obstacles import find_obstacles
from lookalike.kit.tables import Table, columns
from lookalike.run.run import Run

SAMPLE = "sample"  # the one dataset that the pipeline makes itself


@dataclass(frozen=True)
class Dataset:
    """Counts of the last run.

    Attributes:
        name: of `run.dataset`.
        folder: where its images belong.
        present: its folder is there, or the pipeline will make it.
        obstacles: what in it would stop a run, each with what to do.
        counted: the dataset of the last run, None before the first.
        catalog: metrics/catalog.json, None before the first run.
        faces: metrics/faces.json, None before the first run.
    """

    name: str
    folder: str
    present: bool
    obstacles: tuple[str, ...]
    counted: str | None
    catalog: Mapping[str, Any] | None
    faces: Mapping[str, Any] | None

    @classmethod
    def look(cls, name: str, run: Run) -> "Dataset":
        """Read what the last run counted."""
        layout = run.files.layout
        metrics, catalog, faces = map(run.files.counts, (layout.metrics, layout.catalog_counts, layout.face_counts))
        folder = layout.images(name)
        counted = metrics["dataset"] if metrics else None
        present, obstacles = name == SAMPLE or folder.is_dir(), tuple(find_obstacles(folder))
        return cls(name, folder.as_posix(), present, obstacles, counted, catalog, faces)

    def faults(self) -> list[str]:
        """Return what keeps a run from starting."""
        if self.present:
            return list(self.obstacles)
        return [f"{self.folder}: no such folder; copy or link the dataset there (run.dataset names it)"]

    def table(self) -> Table:
        """Return the counts as a table."""
        if self.catalog is None:
            return Table(f"Dataset {self.name}", (), (), "Nothing has run yet.")
        title = f"Dataset {self.counted or self.name}, as the last run saw it"
        rows = [_split(split, counts) for split, counts in self.catalog["splits"].items()]
        return Table(title, columns("split", ">images", ">readable", ">identities"), rows, self._note(self.catalog))

    def _note(self, catalog: Mapping[str, Any]) -> str:
        told = [f"{kind}: {fault['count']}" for kind, fault in catalog["faults"].items()]
        faults = f"Faults: {'; '.join(told)}." if told else "No faults."
        if not self.faces or not self.faces["cropped"]:
            return faults
        rates = ", ".join(f"{rate:.1%} of {domain}" for domain, rate in self.faces["by_domain"].items())
        return f"{faults} Faces found in {rates} images."


def _split(split: str, counts: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return split, f"{counts['images']:,}", f"{counts['ok']:,}", f"{counts['identities']:,}"
