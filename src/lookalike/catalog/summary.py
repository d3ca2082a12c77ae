"""The catalogue in figures, as metrics/catalog.json holds it."""

from collections import Counter
from typing import Any

import numpy as np

from lookalike.catalog.build import CatalogReport
from lookalike.catalog.table import SPLITS, Catalog

EXAMPLES = 5


def summarise(report: CatalogReport) -> dict[str, Any]:
    """Return counts for `dvc metrics`, with the first few names for every kind of fault."""
    catalog = report.catalog
    unreadable = {
        f"unreadable: {status}": list(catalog.image_id[catalog.status == status])
        for status in sorted(set(catalog.status[~catalog.ok]))
    }
    return {
        "images": len(catalog),
        "ok": int(catalog.ok.sum()),
        "splits": {split: _split(catalog.rows(catalog.split == split)) for split in SPLITS},
        "faults": {kind: _fault(names) for kind, names in {**unreadable, **report.faults}.items()},
        "ignored": report.ignored,
        "animated": report.animated,
        "copies": report.copies,
    }


def _split(catalog: Catalog) -> dict[str, Any]:
    known = catalog.label[catalog.label != np.array(None)]
    return {
        "images": len(catalog),
        "ok": int(catalog.ok.sum()),
        "identities": len(set(known)),
        "unlabelled": len(catalog) - len(known),
        "domains": dict(sorted(Counter(catalog.domain).items())),
    }


def _fault(names: list[str]) -> dict[str, Any]:
    return {"count": len(names), "examples": names[:EXAMPLES]}
