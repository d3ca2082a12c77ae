"""A run that never happened, for tests and measurements of the report: its inputs, written as the stages write them."""

import csv
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.faces.table import FALLBACK, FaceTable
from lookalike.kit.files import sha256_file, write_json, write_text
from lookalike.metrics.first_hits import FirstHits
from lookalike.metrics.judgement import Truth, judge
from lookalike.metrics.summary import summary
from lookalike.metrics.tables import write_cmc, write_histogram, write_queries
from lookalike.report.styles import COLUMNS
from lookalike.retrieval.photographs import as_asked
from lookalike.retrieval.ranking import Ranking
from lookalike.run.layout import Layout

DIM = 32
DEPTH = 50


@dataclass(frozen=True)
class MadeUpRun:
    """What the run is to look like.

    Attributes:
        systems: name -> how blurred its embeddings are; the more, the worse it answers.
        faces: whether the dataset has faces.
        training: whether the first system was trained.
        styles: what the gallery was drawn in, in turn; empty for a dataset that does not say.
        unanswered: queries that no system could embed.
    """

    systems: Mapping[str, float]
    faces: bool = True
    training: bool = True
    styles: tuple[str, ...] = ("oil", "pencil")
    unanswered: int = 0


def draw_dataset(root: Path, labels: Sequence[str], each: int, size: int, rng: np.random.Generator) -> Catalog:
    """Draw `each` photographs and `each` drawings of every label, and return their catalogue."""
    folder = {"query": "test/query", "gallery": "test/gallery"}
    rows = []
    for split in ("query", "gallery"):
        for number, label in enumerate(label for label in labels for _ in range(each)):
            name = f"{folder[split]}/{number:032x}.jpg"
            _draw(root / name, size, rng)
            rows.append((name, split, "real" if split == "query" else "synthetic", label))
    return catalogue(root, sorted(rows), size)


def catalogue(root: Path, rows: Sequence[tuple[str, str, str, str | None]], size: int) -> Catalog:
    """Return the catalogue of images that stand under `root`: (image_id, split, domain, label), sorted."""
    image_id, split, domain, label = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    digest = np.array([sha256_file(root / name) for name in image_id], dtype=object)
    side = np.full(len(rows), size, np.int32)
    return Catalog(image_id, split, domain, label, side, side, digest, np.full(len(rows), "ok", dtype=object))


def write_run(root: Path, dataset: str, catalog: Catalog, run: MadeUpRun, rng: np.random.Generator) -> None:
    """Write everything the report reads below `root`."""
    truth, layout = Truth.of(catalog), Layout(root)
    centre = {label: rng.normal(size=DIM) for label in sorted(set(catalog.label), key=str)}
    rankings = {}
    for name, blur in run.systems.items():
        table = _embeddings(name, catalog, centre, blur, rng)
        table.write(layout.embeddings(name))
        rankings[name] = _ranking(table, run.unanswered)
        rankings[name].write(layout.ranking(name))
    judged = {name: judge(ranking, truth) for name, ranking in rankings.items()}
    confidence = {name: 1 / (1 + np.exp(-12 * (r.score[:, 0] - 0.6))) for name, r in rankings.items()}
    catalog.write(layout.catalog)
    write_text(layout.first_hits, FirstHits.of(truth, judged).text())
    write_json(layout.metrics, summary(dataset, truth, judged, 400, rng))
    write_cmc(layout.cmc, judged, DEPTH)
    write_histogram(layout.histograms, rankings, judged, truth, 40)
    write_queries(layout.queries, rankings, judged, truth, confidence)
    if run.faces:
        _faces(catalog, rng).write(layout.faces)
    if run.styles:
        _styles(layout.styles(dataset), catalog, run.styles)
    if run.training:
        _training(layout, next(iter(run.systems)))


def _draw(path: Path, size: int, rng: np.random.Generator) -> None:
    """Write a picture with as much detail as a photograph: noise at several scales."""
    pixels = np.zeros((size, size, 3))
    for cells in (4, 16, size // 4):
        noise = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        pixels += np.asarray(noise.resize((size, size), Image.Resampling.BICUBIC)) / 3
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path, quality=90)


def _embeddings(
    name: str, catalog: Catalog, centre: Mapping[str | None, np.ndarray], blur: float, rng: np.random.Generator
) -> EmbeddingTable:
    rows = np.stack([centre[label] for label in catalog.label]) + blur * rng.normal(size=(len(catalog), DIM))
    rows[catalog.domain == "synthetic", 0] += 2.5  # the gap between the domains that the map should show
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    label = np.where(catalog.split == "train", catalog.label, None)
    about = {"model": name, "dim": str(DIM), "preprocessing": "made up", "weights_sha256": "0" * 64}
    return EmbeddingTable(catalog.image_id, catalog.split, catalog.domain, label, unit, about)


def _ranking(table: EmbeddingTable, unanswered: int) -> Ranking:
    query, gallery = as_asked(table).of_split("query"), table.of_split("gallery")
    similarity = (query.embedding @ gallery.embedding.T)[unanswered:]
    return Ranking.from_similarity(query.image_id[unanswered:], gallery.image_id, similarity, DEPTH)


def _faces(catalog: Catalog, rng: np.random.Generator) -> FaceTable:
    missed = rng.random(len(catalog)) < np.where(catalog.domain == "real", 0.02, 0.12)
    box = np.tile(np.array([10, 10, 90, 110], np.float32), (len(catalog), 1))
    score = np.where(missed, 0, 0.99).astype(np.float32)
    detector = np.where(missed, FALLBACK, "mtcnn").astype(object)
    return FaceTable(catalog.image_id, detector, score, box, np.full((len(catalog), 5, 2), 50, np.float32))


def _styles(path: Path, catalog: Catalog, styles: Sequence[str]) -> None:
    gallery = catalog.image_id[catalog.split == "gallery"]
    _write_rows(path, [COLUMNS, *zip(gallery, itertools.cycle(styles), strict=False)])


def _training(layout: Layout, model: str) -> None:
    lines = [("epoch", "loss", "learning_rate", "points")]
    lines += [
        (e, round(4 * 0.8**e, 4), round(1e-3 * (1 - e / 12), 6), round(900 - 500 * 0.7**e, 1)) for e in range(1, 13)
    ]
    _write_rows(layout.training_history(model), lines)
    outcome = {"recipe": "finetune", "kept": "trained", "epochs": 12, "best_epoch": 12}
    figures = {"frozen_points": 550.0, "best_points": 893.1, "frozen_map": 0.31, "best_map": 0.72}
    write_json(layout.training_record(model), outcome | figures)


def _write_rows(path: Path, rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
