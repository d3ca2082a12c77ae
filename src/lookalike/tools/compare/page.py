"""Two runs side by side: every query with the first answers of both."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.kit.files import write_text
from lookalike.params.report import ReportOptions
from lookalike.report.answers import Answers, answers
from lookalike.report.browser import image_table, system_entry
from lookalike.report.template import COMPARISON, fill
from lookalike.report.thumbnails import Thumbnails, make_thumbnails
from lookalike.run.revisions import Revision
from lookalike.tools.compare.choice import chosen, flipped, images_of_both, shared_queries, shown_images
from lookalike.tools.compare.evidence import Evidence
from lookalike.tools.compare.run import Run
from lookalike.tools.compare.tables import figures

TOP = 5
FOLDER = Path("reports/compare")
IMAGES = Path("data/raw")


def write_page(before: Revision, after: Revision, runs: tuple[Run, Run], lead: str) -> Path:
    """Write the page and return where it is.

    Args:
        before: where the first run is.
        after: where the second run is.
        runs: the two.
        lead: the system that the page opens with.

    Raises:
        LookalikeError: DVC's cache lacks what one of them answered.
    """
    systems = [name for name in runs[1].systems if name in runs[0].systems]
    evidence = Evidence.read(before, systems), Evidence.read(after, systems)
    path = FOLDER / f"{_file_name(runs[0].name)}..{_file_name(runs[1].name)}.html"
    images = IMAGES / runs[1].dataset
    originals = (Path("../..") / images).as_posix()
    write_text(path, render(runs, evidence, lead, images, originals, ReportOptions()))
    return path


def render(
    runs: tuple[Run, Run],
    evidence: tuple[Evidence, Evidence],
    lead: str,
    images: Path,
    originals: str,
    options: ReportOptions,
) -> str:
    """Return the page as HTML; the same inputs give the same text.

    Args:
        runs: the two, with their figures.
        evidence: what they answered, for the same systems.
        lead: the system that the page opens with.
        images: the dataset's folder, for the pictures.
        originals: the same folder as a relative link from the page.
        options: how large pictures are, and how many queries the page holds.
    """
    before, after = (side.catalog for side in evidence)
    query_id = shared_queries(before, after)
    answered = {
        name: (_answers(evidence[0], name, query_id), _answers(evidence[1], name, query_id))
        for name in evidence[1].rankings
    }
    shown = chosen(answered, len(query_id), options.max_queries)
    sides = [side for pair in answered.values() for side in pair]
    catalog = shown_images(images_of_both(before, after), query_id[shown], sides, shown)
    pictures = _draw(catalog, images, options)
    payload: dict[str, Any] = {"lead": lead, "originals": originals, "pairs": list(answered)}
    payload |= _lists(catalog, pictures, query_id[shown])
    payload["systems"] = _systems([run.name for run in runs] * len(answered), sides, shown, catalog)
    return fill(COMPARISON, _facts(runs, lead, answered[lead]), payload, pictures.webp)


def _lists(catalog: Catalog, pictures: Thumbnails, query_id: np.ndarray) -> dict[str, Any]:
    row_of = _row_of(catalog)
    return {"images": image_table(catalog, pictures.index), "queries": [row_of[name] for name in query_id]}


def _systems(names: list[str], sides: list[Answers], shown: np.ndarray, catalog: Catalog) -> list[dict[str, Any]]:
    row_of = _row_of(catalog)
    return [system_entry(name, side, shown, row_of) for name, side in zip(names, sides, strict=True)]


def _row_of(catalog: Catalog) -> dict[str, int]:
    return {name: row for row, name in enumerate(catalog.image_id)}


def _facts(runs: tuple[Run, Run], lead: str, answered: tuple[Answers, Answers]) -> dict[str, Any]:
    before, after = runs
    flips = flipped(*answered)
    gained = int((flips & (answered[1].first_hit == 1)).sum())
    return {
        "before": before.name,
        "after": after.name,
        "dataset": after.dataset,
        "lead": lead,
        "points": (before.systems[lead]["points"], after.systems[lead]["points"]),
        "gained": gained,
        "lost": int(flips.sum()) - gained,
        "tables": figures(before, after),
    }


def _answers(side: Evidence, system: str, query_id: np.ndarray) -> Answers:
    return answers(side.rankings[system], side.truth, query_id, TOP, {})


def _draw(catalog: Catalog, images: Path, options: ReportOptions) -> Thumbnails:
    readable = catalog.rows(catalog.ok)
    names, digests = readable.image_id.tolist(), readable.sha256.tolist()
    return make_thumbnails(images, names, digests, options.thumbnail_px, options.thumbnail_quality)


def _file_name(revision: str) -> str:
    """Return a revision's name as part of a file's name: `origin/main` is no folder."""
    return re.sub(r"[^\w.-]+", "-", revision).strip(".-") or "revision"
