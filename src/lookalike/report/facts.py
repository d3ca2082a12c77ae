"""What the static part of the page shows, by the names that the template uses."""

from typing import Any

from lookalike.catalog.duplicates import count_copies, find_leaks
from lookalike.metrics.scoreboard import trust_note
from lookalike.metrics.systems import cut_note
from lookalike.report import inventory
from lookalike.report.answers import Answers
from lookalike.report.breakdown import gallery_groups, kinds, query_groups
from lookalike.report.data import ReportData
from lookalike.report.figures import cmc_figure, score_figures, training_figures
from lookalike.report.headline import marks, rate_columns
from lookalike.report.models import summarise_model


def gather(data: ReportData, lead: str, answers: Answers) -> dict[str, Any]:
    """Return the values of every section.

    Args:
        data: the inputs.
        lead: the system the page opens with.
        answers: its answers.
    """
    return _scores(data, lead, answers) | _faces(data) | _images(data) | _run(data)


def _scores(data: ReportData, lead: str, answers: Answers) -> dict[str, Any]:
    opened = data.metrics.get("open_set", {})
    scores = {name: figures | opened.get(name, {}) for name, figures in data.metrics["systems"].items()}
    told_apart = kinds(data.catalog, data.faces, data.styles)
    return {
        "dataset": data.metrics["dataset"],
        "scores": scores,
        "queries": data.metrics["queries"],
        "cut": cut_note(data.metrics),
        "trust": trust_note(data.metrics),
        "gain": data.metrics.get("ensemble_minus_best"),
        "lead": lead,
        "marks": marks(scores),
        "columns": rate_columns(scores),
        "cmc": cmc_figure(data.cmc),
        "histograms": score_figures(data.histograms),
        "query_groups": query_groups(answers, told_apart) if scores else [],
        "gallery_groups": gallery_groups(answers, data.catalog, told_apart) if scores else [],
    }


def _faces(data: ReportData) -> dict[str, Any]:
    if data.faces is None:
        return {"detected": [], "detectors": [], "missed_faces": 0}
    return {
        "detected": inventory.detected(data.catalog, data.faces),
        "detectors": inventory.detectors(data.faces),
        "missed_faces": int((~data.faces.found).sum()),
    }


def _images(data: ReportData) -> dict[str, Any]:
    broken = data.catalog.rows(~data.catalog.ok)
    return {
        "readable": inventory.readable(data.catalog),
        "faults": inventory.faults(data.catalog),
        "broken": list(zip(broken.image_id, broken.status, strict=True)),
        "copies": count_copies(data.catalog),
        "leaks": find_leaks(data.catalog),
    }


def _run(data: ReportData) -> dict[str, Any]:
    return {
        "maps": list(data.embeddings),
        "training": training_figures(data.training),
        "models": [
            summarise_model(name, table.metadata, data.outcomes.get(name, {}))
            for name, table in data.embeddings.items()
        ],
        "params": data.params,
        "hashes": data.hashes,
    }
