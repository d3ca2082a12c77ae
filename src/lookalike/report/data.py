"""Everything the report shows, read from the files that earlier stages wrote."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.faces.table import FaceTable
from lookalike.kit.columns import numbers, texts
from lookalike.kit.files import read_json, sha256_file
from lookalike.kit.parquet import read_table
from lookalike.metrics.judgement import Truth
from lookalike.metrics.systems import best_first
from lookalike.report.charts import Series
from lookalike.report.curves import Histogram, read_cmc, read_histograms, read_history
from lookalike.report.styles import read_styles
from lookalike.retrieval.ranking import Ranking

Value = TypeVar("Value")


class RunPaths(Protocol):
    """Where a run keeps what the report shows: `lookalike.run.layout.Layout`, which a stage package may not import."""

    catalog: Path
    faces: Path
    metrics: Path
    cmc: Path
    histograms: Path
    queries: Path
    styles: Callable[[str], Path]
    embeddings: Callable[[str], Path]
    ranking: Callable[[str], Path]
    training_history: Callable[[str], Path]
    training_record: Callable[[str], Path]

    @property
    def root(self) -> Path:
        """The folder that digests are named relative to."""


@dataclass(frozen=True)
class ReportData:
    """The inputs of one report.

    Attributes:
        metrics: metrics.json: dataset, systems, queries.
        catalog: every image of the dataset.
        truth: labels of the test images.
        rankings: system -> its ranking, best system first.
        cmc: system -> its CMC curve, in the order of `rankings`; empty where nothing was scored.
        histograms: system -> scores of its first answers, in the same order.
        confidence: system -> query -> calibrated probability that its first answer is right.
        embeddings: model -> its table.
        faces: None for a dataset without faces.
        styles: image id -> the style it was drawn in; empty where the dataset does not say.
        training: model -> the numeric columns of its history.
        outcomes: model -> what its training came to.
        params: what the run was asked for, as YAML.
        hashes: file that was read -> SHA-256 of its bytes.
    """

    metrics: Mapping[str, Any]
    catalog: Catalog
    truth: Truth
    rankings: Mapping[str, Ranking]
    cmc: Mapping[str, Series]
    histograms: Mapping[str, Histogram]
    confidence: Mapping[str, Mapping[str, float]]
    embeddings: Mapping[str, EmbeddingTable]
    faces: FaceTable | None
    styles: Mapping[str, str]
    training: Mapping[str, Mapping[str, tuple[float, ...]]]
    outcomes: Mapping[str, Mapping[str, Any]]
    params: str
    hashes: Mapping[str, str]


def collect(paths: RunPaths, models: Iterable[str], params: str) -> ReportData:
    """Read the outputs of the other stages.

    Args:
        paths: where they are.
        models: the run's models; embeddings and training histories are shown of those that have them.
        params: the params of the run, as YAML.

    Raises:
        LookalikeError: a file is missing or damaged.
    """
    models = tuple(models)
    metrics = read_json(paths.metrics)
    catalog = Catalog.read(paths.catalog)
    ranked = {name: paths.ranking(name) for name in best_first(metrics)}
    embedded = _existing(models, paths.embeddings)
    faces = _faces(paths.faces)
    read = [paths.catalog, *([paths.faces] if faces else []), *embedded.values(), *ranked.values()]
    return ReportData(
        metrics=metrics,
        catalog=catalog,
        truth=Truth.of(catalog),
        rankings={name: Ranking.read(path) for name, path in ranked.items()},
        cmc=_in_order(read_cmc(paths.cmc), ranked),
        histograms=_in_order(read_histograms(paths.histograms), ranked),
        confidence=_confidence(paths.queries),
        embeddings={name: EmbeddingTable.read(path) for name, path in embedded.items()},
        faces=faces,
        styles=read_styles(paths.styles(metrics["dataset"])),
        training={name: read_history(path) for name, path in _existing(models, paths.training_history).items()},
        outcomes={name: read_json(path) for name, path in _existing(models, paths.training_record).items()},
        params=params,
        hashes={path.relative_to(paths.root).as_posix(): sha256_file(path) for path in read},
    )


def _in_order(values: Mapping[str, Value], systems: Iterable[str]) -> dict[str, Value]:
    return {name: values[name] for name in systems if name in values}


def _existing(names: Iterable[str], path_of: Callable[[str], Path]) -> dict[str, Path]:
    return {name: path for name in names if (path := path_of(name)).exists()}


def _faces(path: Path) -> FaceTable | None:
    table = FaceTable.read(path) if path.exists() else None
    return table if table is not None and len(table) else None


def _confidence(path: Path) -> dict[str, dict[str, float]]:
    table = read_table(path, ["query_id", "system", "confidence"])
    of_system: dict[str, dict[str, float]] = {}
    columns = (texts(table, "system"), texts(table, "query_id"), numbers(table, "confidence"))
    for system, query, value in zip(*columns, strict=True):
        of_system.setdefault(system, {})[query] = float(value)
    return of_system
