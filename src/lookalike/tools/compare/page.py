"""Two runs side by side: every query with the first answers of both."""

import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.catalog.queries import photographs
from lookalike.catalog.table import Catalog
from lookalike.kit.files import write_text
from lookalike.params.report import ReportOptions
from lookalike.report.answers import Answers, answers
from lookalike.report.browser import image_table, system_entry
from lookalike.report.template import Page, fill
from lookalike.report.thumbnails import Thumbnails, make_thumbnails
from lookalike.run.run import Run
from lookalike.tools.compare.choice import chosen, flipped, images_of_both, shared_queries, shown_images
from lookalike.tools.compare.tables import figures

TOP = 5
PAGE = Page("compare.html.j2", ("model.js", "cards.js", "compare.js", "viewer.js"), Path(__file__).parent / "templates")


def write_page(before: Run, after: Run, lead: str) -> Path:
    """Write the page and return where it is.

    Args:
        before: the first run.
        after: the second run.
        lead: the system that the page opens with.

    Raises:
        LookalikeError: DVC's cache lacks what one of them answered.
    """
    path = after.files.layout.comparisons / f"{_file_name(before.name)}..{_file_name(after.name)}.html"
    originals = Path(os.path.relpath(after.images, path.parent)).as_posix()
    write_text(path, render(before, after, lead, originals, ReportOptions()))
    return path


def render(before: Run, after: Run, lead: str, originals: str, options: ReportOptions) -> str:
    """Return the page as HTML; the same inputs give the same text.

    Args:
        before: the first run.
        after: the second run.
        lead: the system that the page opens with.
        originals: the dataset's folder as a relative link from the page.
        options: how large pictures are, and how many queries the page holds.
    """
    query_id = shared_queries(before.files.catalog, after.files.catalog)
    systems = [name for name in after.files.scores if name in before.files.scores]
    answered = {name: (_answers(before, name, query_id), _answers(after, name, query_id)) for name in systems}
    shown = chosen(answered, len(query_id), options.max_queries)
    sides = [side for pair in answered.values() for side in pair]
    both = images_of_both(before.files.catalog, after.files.catalog)
    asked = photographs(both)
    photograph = np.array([asked[name] for name in query_id[shown]], dtype=object)
    catalog = shown_images(both, photograph, sides, shown)
    pictures = _draw(catalog, after.images, options)
    payload: dict[str, Any] = {"lead": lead, "originals": originals, "pairs": systems}
    payload |= _lists(catalog, pictures, photograph)
    payload["systems"] = _systems([before.name, after.name] * len(systems), sides, shown, catalog)
    return fill(PAGE, _facts(before, after, lead, answered[lead]), payload, pictures.webp)


def _lists(catalog: Catalog, pictures: Thumbnails, photograph: np.ndarray) -> dict[str, Any]:
    row_of = _row_of(catalog)
    return {"images": image_table(catalog, pictures.index), "queries": [row_of[name] for name in photograph]}


def _systems(names: list[str], sides: list[Answers], shown: np.ndarray, catalog: Catalog) -> list[dict[str, Any]]:
    row_of = _row_of(catalog)
    return [system_entry(name, side, shown, row_of) for name, side in zip(names, sides, strict=True)]


def _row_of(catalog: Catalog) -> dict[str, int]:
    return {name: row for row, name in enumerate(catalog.image_id)}


def _facts(before: Run, after: Run, lead: str, answered: tuple[Answers, Answers]) -> dict[str, Any]:
    flips = flipped(*answered)
    gained = int((flips & (answered[1].first_hit == 1)).sum())
    return {
        "before": before.name,
        "after": after.name,
        "dataset": after.files.dataset,
        "lead": lead,
        "points": (before.files.scores[lead]["points"], after.files.scores[lead]["points"]),
        "gained": gained,
        "lost": int(flips.sum()) - gained,
        "tables": figures(before, after),
    }


def _answers(run: Run, system: str, query_id: np.ndarray) -> Answers:
    return answers(run.files.ranking(system), run.files.truth, query_id, TOP, {})


def _draw(catalog: Catalog, images: Path, options: ReportOptions) -> Thumbnails:
    readable = catalog.rows(catalog.ok)
    names, digests = readable.image_id.tolist(), readable.sha256.tolist()
    return make_thumbnails(images, names, digests, options.thumbnail_px, options.thumbnail_quality)


def _file_name(revision: str) -> str:
    """Return a revision's name as part of a file's name: `origin/main` is no folder."""
    return re.sub(r"[^\w.-]+", "-", revision).strip(".-") or "revision"
