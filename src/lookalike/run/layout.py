"""Every path of a run, once: `Layout(root).catalog`, `Layout(root).ranking("ensemble")`."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lookalike.kit.durations import FILE as DURATIONS
from lookalike.kit.durations import WORK_FILE
from lookalike.kit.scratch import PROJECT_FILE, SCRATCH

STORE_VARIABLE = "LOOKALIKE_STORE"
_STORE = ".cache/lookalike/store"


@dataclass(frozen=True)
class One:
    """A path that a run has once, read from a `Layout` as a `Path`."""

    path: str

    def __get__(self, layout: "Layout", owner: type["Layout"]) -> Path:
        return layout.root / self.path


@dataclass(frozen=True)
class Each:
    """A path that a run has of each model, system or dataset, read from a `Layout` as a function of the name."""

    pattern: str

    def __get__(self, layout: "Layout", owner: type["Layout"]) -> Callable[[str], Path]:
        return lambda name: layout.root / self.pattern.format(name)


@dataclass(frozen=True)
class Layout:
    """The paths below a project's folder, whether anything is there or not.

    Attributes:
        root: the project's folder.
    """

    root: Path = Path()

    params = One(PROJECT_FILE.as_posix())
    lock = One("dvc.lock")
    weights_lock = One("weights.lock")

    images = Each("data/raw/{}")  # of a dataset; image ids are relative to it
    styles = Each("data/raw/{}/styles.csv")
    weights = Each("data/weights/{}.weights")
    weights_note = Each("data/weights/{}.json")
    manual_weights = One("data/weights/manual")
    catalog = One("data/catalog.parquet")
    faces = One("data/faces.parquet")
    training = One("data/training/catalog.parquet")  # the catalogue's rows that models learn from, and their faces
    training_faces = One("data/training/faces.parquet")
    crops = Each("data/crops/{}.npy")
    trained = Each("data/models/{}.safetensors")
    apart = Each("data/apart/{}")  # the models that were fitted without one part of the training identities
    embeddings = Each("data/embeddings/{}.parquet")
    cross_fitted = Each("data/cross_fitted/{}.parquet")  # the training images as those models see them
    plan = One("data/fusion.json")
    tuning = One("data/tuning.json")
    selection = One("data/selection.json")
    sources = Each("data/sources/{}.json")
    ranking = Each("data/rankings/{}.parquet")

    metrics = One("metrics/metrics.json")
    catalog_counts = One("metrics/catalog.json")
    face_counts = One("metrics/faces.json")
    training_record = Each("metrics/training/{}.json")
    training_history = Each("metrics/training/{}.csv")
    cmc = One("metrics/cmc.csv")
    histograms = One("metrics/scores.csv")
    queries = One("metrics/queries.parquet")
    first_hits = One("metrics/first_hits.csv")

    report = One("reports/index.html")
    comparisons = One("reports/compare")
    answers = One("reports/query")
    sweep_pages = Each("reports/sweeps/{}.html")
    submissions = One("submission")
    submission = One("submission/submission.json")
    exports = Each("exports/{}")  # of a model
    indexes = One("data/index")

    scratch = One(SCRATCH.as_posix())
    durations = One(DURATIONS.as_posix())
    work = One(WORK_FILE.as_posix())
    checkpoints = One(".cache/lookalike/training")
    published = One(".cache/lookalike/published")
    sweeps = Each(".cache/lookalike/sweeps/{}")

    @property
    def store(self) -> Path:
        """Where what is known of images is kept: LOOKALIKE_STORE, by default in the project's folder of caches.

        Temporary and queued experiments run in copies below the project's `.dvc/tmp/exps`, and share its store.
        """
        if named := os.environ.get(STORE_VARIABLE):
            return Path(named)
        copies = (above for above in self.root.absolute().parents if above.parts[-3:] == (".dvc", "tmp", "exps"))
        copy = next(copies, None)
        return (self.root if copy is None else copy.parents[2]) / _STORE
