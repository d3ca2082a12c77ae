from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks.made_up_run import MadeUpRun, draw_dataset, write_run
from lookalike.catalog.table import Catalog
from lookalike.params.report import ReportOptions
from lookalike.report.data import collect
from lookalike.report.page import render
from lookalike.run.layout import Layout

LABELS = ("anna", "bela", "carlo", "dora", "emil", "fay")
SYSTEMS = {"sface": 1.3, "dlib": 2.5, "ensemble": 1.0}


@dataclass(frozen=True)
class Made:
    """A made-up run on disk."""

    root: Path
    images: Path
    catalog: Catalog
    systems: tuple[str, ...]

    def render(self, options: ReportOptions | None = None) -> str:
        data = collect(Layout(self.root), self.systems, "run:\n  dataset: made-up\n")
        return render(data, self.images, "../images", options or ReportOptions())


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Made]:
    """Write a run of 6 identities, 6 photographs and 6 drawings each; `change` edits its catalogue."""

    def make(
        change: Callable[[Catalog], Catalog] = lambda c: c, labels: tuple[str, ...] = LABELS, **look: object
    ) -> Made:
        root = tmp_path_factory.mktemp("run")
        rng = np.random.default_rng(3)
        catalog = change(draw_dataset(root / "images", labels, 6, 48, rng))
        write_run(root, "made-up", catalog, MadeUpRun(**{"systems": SYSTEMS, **look}), rng)
        return Made(root, root / "images", catalog, tuple(look.get("systems", SYSTEMS)))

    return make


@pytest.fixture(scope="session")
def run(make_run: Callable[..., Made]) -> Made:
    return make_run(unanswered=1)
