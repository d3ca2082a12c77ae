"""The report: from the inputs of a run to one self-contained page."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.catalog.queries import photographs
from lookalike.params.report import ReportOptions
from lookalike.report.answers import Answers, answers
from lookalike.report.browser import evenly, image_table, map_entry, system_entry
from lookalike.report.data import ReportData
from lookalike.report.facts import gather
from lookalike.report.headline import lead
from lookalike.report.masks import among
from lookalike.report.template import REPORT, fill
from lookalike.report.thumbnails import Thumbnails, make_thumbnails


def render(data: ReportData, images: Path, originals: str, options: ReportOptions) -> str:
    """Return the page as HTML; the same inputs give the same text.

    Args:
        data: the inputs.
        images: the dataset's folder.
        originals: the same folder as a relative link from the page.
        options: how much to show.
    """
    asked = photographs(data.catalog)
    query_id, photograph = (np.array(list(names), dtype=object) for names in (asked, asked.values()))
    shown = evenly(len(query_id), options.max_queries)
    held = {
        name: answers(ranking, data.truth, query_id, options.top, data.confidence.get(name, {}))
        for name, ranking in data.rankings.items()
    }
    # From here on a query is the photograph that is shown for it.
    systems = {name: replace(system, query_id=photograph) for name, system in held.items()}
    fallbacks = _fallbacks(data, options.max_fallbacks)
    pictures = _draw(data, images, {*photograph[shown], *_answered(systems, shown), *fallbacks}, options)
    first = lead(list(systems))
    payload = _payload(data, systems, shown, fallbacks, pictures) | {"lead": first, "originals": originals}
    return fill(REPORT, gather(data, first, systems[first]), payload, pictures.webp)


def _payload(
    data: ReportData, systems: Mapping[str, Answers], shown: np.ndarray, fallbacks: list[str], pictures: Thumbnails
) -> dict[str, Any]:
    catalog = data.catalog.rows((data.catalog.split != "train") | among(data.catalog.image_id, fallbacks))
    row_of = {name: row for row, name in enumerate(catalog.image_id)}
    return {
        "images": image_table(catalog, pictures.index),
        "queries": [row_of[name] for name in next(iter(systems.values())).query_id[shown]],
        "systems": [system_entry(name, system, shown, row_of) for name, system in systems.items()],
        "maps": [map_entry(name, table, row_of) for name, table in data.embeddings.items()],
        "fallbacks": [row_of[name] for name in fallbacks],
    }


def _fallbacks(data: ReportData, most: int) -> list[str]:
    """Return images without a found face, the test's first: they are the ones that cost points."""
    if data.faces is None:
        return []
    split_of = dict(zip(data.catalog.image_id, data.catalog.split, strict=True))
    missed = data.faces.image_id[~data.faces.found]
    return sorted(missed, key=lambda name: (split_of[name] == "train", name))[:most]


def _answered(systems: Mapping[str, Answers], shown: np.ndarray) -> set[str]:
    names = {name for system in systems.values() for name in system.gallery_id[shown].reshape(-1)}
    return names - {None}


def _draw(data: ReportData, images: Path, names: set[str], options: ReportOptions) -> Thumbnails:
    wanted = data.catalog.rows(among(data.catalog.image_id, names) & data.catalog.ok)
    return make_thumbnails(
        images, wanted.image_id.tolist(), wanted.sha256.tolist(), options.thumbnail_px, options.thumbnail_quality
    )
