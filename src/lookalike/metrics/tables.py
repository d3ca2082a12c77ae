"""The tables that plots and the report draw from."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lookalike.kit.files import write_text
from lookalike.kit.parquet import write_table
from lookalike.metrics.judgement import Judgement, Truth
from lookalike.metrics.rates import within
from lookalike.retrieval.ranking import Ranking

MISS = np.float32(np.nan)


def write_cmc(path: Path, judged: Mapping[str, Judgement], depth: int) -> None:
    """Write one row for each system and rank: system, k, rate."""
    rows = [
        (name, k + 1, f"{rate:.6f}")
        for name, judgement in judged.items()
        for k, rate in enumerate(cmc(judgement.first_hit, min(depth, judgement.hit.shape[1])))
    ]
    _write_csv(path, ("system", "k", "rate"), rows)


def cmc(first_hit: np.ndarray, depth: int) -> np.ndarray:
    """Return (depth,) float64: the share of queries with a right image in the first 1, 2, … depth.

    Source: Moon and Phillips, "Computational and performance aspects of PCA-based face-recognition algorithms", 2001.

    Args:
        first_hit: (n,) ranks of first right images, from 1; 0 where none was retrieved.
        depth: last rank of the curve.
    """
    count = np.bincount(first_hit[within(first_hit, depth)], minlength=depth + 1)[1:]
    return np.cumsum(count) / max(len(first_hit), 1)


def write_histogram(
    path: Path, rankings: Mapping[str, Ranking], judged: Mapping[str, Judgement], truth: Truth, bins: int
) -> None:
    """Write how the scores of right and of wrong first answers spread: system, first_answer, score, count.

    `score` is the middle of a bin; each system has its own range, because scores of systems do not compare.
    """
    rows: list[tuple[str, str, str, int]] = []
    for name, judgement in judged.items():
        top = first_scores(rankings[name], truth)[0]
        right = judgement.first_hit == 1
        known = top[judgement.answered & np.isfinite(top)]
        edges = np.histogram_bin_edges(known, bins) if len(known) else np.linspace(0, 1, bins + 1)
        for outcome, mask in (("right", right), ("wrong", ~right & judgement.answered)):
            count = np.histogram(top[mask & np.isfinite(top)], edges)[0]
            middle = (edges[:-1] + edges[1:]) / 2
            rows += [(name, outcome, f"{m:.6f}", int(c)) for m, c in zip(middle, count, strict=True)]
    _write_csv(path, ("system", "first_answer", "score", "count"), rows)


def write_queries(
    path: Path,
    rankings: Mapping[str, Ranking],
    judged: Mapping[str, Judgement],
    truth: Truth,
    confidence: Mapping[str, np.ndarray],
) -> None:
    """Write one row for each system and scored query.

    Columns: query_id, system, first_hit (rank of the first right image; 0 where there is none), score (of the first
    answer), margin (over the second), confidence (calibrated probability that the first answer is right, where the
    system has one). A query without an answer has NaN in the last three.

    Args:
        path: where the table goes.
        rankings: system -> its ranking.
        judged: system -> its judgement.
        truth: which queries are scored.
        confidence: system -> (n_query of its ranking,) probabilities, for the systems that are calibrated.
    """
    columns: dict[str, list[np.ndarray]] = {
        name: [] for name in ("query_id", "system", "first_hit", "score", "margin", "confidence")
    }
    for name, judgement in judged.items():
        score, margin = first_scores(rankings[name], truth)
        missing = np.full(len(rankings[name].query_id), MISS)
        sure = align(rankings[name], truth, confidence.get(name, missing))
        values = (truth.query_id, np.full(len(truth.query_id), name, dtype=object), judgement.first_hit)
        for column, value in zip(columns, (*values, score, margin, sure), strict=True):
            columns[column].append(value)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    write_table(path, joined, dictionary=("query_id", "system"))


def first_scores(ranking: Ranking, truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    """Return the (n,) score of each scored query's first answer and its (n,) margin over the second."""
    first = ranking.score[:, 0] if ranking.depth else np.full(len(ranking.query_id), MISS)
    margin = first - ranking.score[:, 1] if ranking.depth > 1 else np.full(len(ranking.query_id), MISS)
    return align(ranking, truth, first), align(ranking, truth, margin)


def align(ranking: Ranking, truth: Truth, values: np.ndarray) -> np.ndarray:
    """Return values of a ranking's queries in the order of the scored queries; NaN for those it lacks."""
    value_of = dict(zip(ranking.query_id, values, strict=True))
    return np.array([value_of.get(name, MISS) for name in truth.query_id], dtype=np.float32)


def _write_csv(path: Path, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())
