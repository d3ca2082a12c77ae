"""Everything the report shows, read from the files that earlier stages wrote."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.faces.table import FaceTable
from lookalike.kit.files import read_json, sha256_file
from lookalike.kit.parquet import numbers, read_table, texts
from lookalike.metrics.judgement import Truth
from lookalike.report.charts import Series
from lookalike.report.curves import Histogram, read_cmc, read_histograms, read_history
from lookalike.report.styles import read_styles
from lookalike.retrieval.ranking import Ranking

Value = TypeVar("Value")

METRICS = Path("metrics/metrics.json")
CMC = Path("metrics/cmc.csv")
HISTOGRAM = Path("metrics/scores.csv")
QUERIES = Path("metrics/queries.parquet")
TRAINING = Path("metrics/training")
CATALOG = Path("data/catalog.parquet")
FACES = Path("data/faces.parquet")
RANKINGS = Path("data/rankings")
EMBEDDINGS = Path("data/embeddings")
IMAGES = Path("data/raw")
STYLES = "styles.csv"


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


def collect(root: Path, models: tuple[str, ...], params: str) -> ReportData:
    """Read the outputs of the other stages.

    Args:
        root: the project's folder.
        models: the run's models; embeddings and training histories are shown of those that have them.
        params: the params of the run, as YAML.

    Raises:
        LookalikeError: a file is missing or damaged.
    """
    metrics = read_json(root / METRICS)
    catalog = Catalog.read(root / CATALOG)
    ranked = {name: RANKINGS / f"{name}.parquet" for name in _systems(metrics)}
    embedded = _existing(root, {name: EMBEDDINGS / f"{name}.parquet" for name in models})
    histories = _existing(root, {name: TRAINING / f"{name}.csv" for name in models})
    outcomes = _existing(root, {name: TRAINING / f"{name}.json" for name in models})
    faces = _faces(root / FACES)
    read = [CATALOG, *([FACES] if faces else []), *embedded.values(), *ranked.values()]
    return ReportData(
        metrics=metrics,
        catalog=catalog,
        truth=Truth.of(catalog),
        rankings={name: Ranking.read(root / path) for name, path in ranked.items()},
        cmc=_in_order(read_cmc(root / CMC), ranked),
        histograms=_in_order(read_histograms(root / HISTOGRAM), ranked),
        confidence=_confidence(root / QUERIES),
        embeddings={name: EmbeddingTable.read(root / path) for name, path in embedded.items()},
        faces=faces,
        styles=read_styles(root / IMAGES / metrics["dataset"] / STYLES),
        training={name: read_history(root / path) for name, path in histories.items()},
        outcomes={name: read_json(root / path) for name, path in outcomes.items()},
        params=params,
        hashes={path.as_posix(): sha256_file(root / path) for path in read},
    )


def _systems(metrics: Mapping[str, Any]) -> list[str]:
    """Return the systems, best first; those of an unlabelled dataset have no points."""
    scores = metrics["systems"]
    return sorted(metrics["queries"]["missed"], key=lambda name: (-scores.get(name, {}).get("points", 0), name))


def _in_order(values: Mapping[str, Value], systems: Iterable[str]) -> dict[str, Value]:
    return {name: values[name] for name in systems if name in values}


def _existing(root: Path, paths: Mapping[str, Path]) -> dict[str, Path]:
    return {name: path for name, path in paths.items() if (root / path).exists()}


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
