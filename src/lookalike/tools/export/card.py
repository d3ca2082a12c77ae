"""The card of an exported model, in the form that the Hugging Face Hub reads: README.md with a head of YAML.

Source of the form: the Hub's model-card specification, github.com/huggingface/hub-docs, modelcard.md.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import EvalResult, ModelCard, ModelCardData
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lookalike.kit.files import write_text
from lookalike.kit.tables import Table, as_markdown, columns
from lookalike.metrics.scoreboard import FIGURES, asked_for
from lookalike.params.models import Recipe
from lookalike.report.styles import read_styles
from lookalike.run.files import Files
from lookalike.tools.export.facts import NO_LICENCE, Facts
from lookalike.tools.export.format import Format
from lookalike.tools.export.styles import StylePoints, points_by_style

CARD = "README.md"
TEMPLATES = Path(__file__).parent / "templates"
# Of the Hub's list, those under which weights are given away; it calls any other one `other`.
HUB_LICENCES = frozenset(
    ("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0")
)


def write_card(folder: Path, files: Files, model: str, recipe: Recipe) -> Path:
    """Write the card of a model of the finished run beside its exported files, and return where.

    Raises:
        LookalikeError: the run is not finished.
    """
    path = folder / CARD
    facts, scores = Facts.of(files, model), files.scores.get(model, {})
    head = card_data(facts, recipe, scores)
    by_style = _by_style(files, model) if scores else []
    exported = sorted(item.file_name for item in Format if (folder / item.file_name).is_file())
    body = _template().render(
        facts=facts,
        recipe=yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False),
        size=recipe.crop.size,
        training=_training(files, model),
        results=as_markdown(_results(scores)) if scores else "",
        styles=as_markdown(_styles(by_style)) if by_style else "",
        exported=exported,
    )
    # Read back as the Hub reads it: a card that it would refuse is not written.
    write_text(path, str(ModelCard(f"---\n{head.to_yaml()}\n---\n\n{body}")))
    return path


def card_data(facts: Facts, recipe: Recipe, scores: Mapping[str, float]) -> ModelCardData:
    """Return the head of a card.

    Args:
        facts: where the model comes from.
        recipe: its recipe.
        scores: its figures of metrics.json; none where no query could be scored.
    """
    results = [
        EvalResult(
            task_type="image-feature-extraction",
            task_name="Image retrieval",
            dataset_type=facts.dataset,
            dataset_name=facts.dataset,
            dataset_split="test",
            metric_type=name,
            metric_name=name,
            metric_value=scores[name],
            metric_args=_span(name, scores),
        )
        for name in _measured(scores)
    ]
    return ModelCardData(
        **hub_licence(facts.licence),
        library_name="lookalike",
        pipeline_tag="image-feature-extraction",
        tags=["image-retrieval", "lookalike", recipe.backbone.family, recipe.train.recipe],
        model_name=facts.model,
        eval_results=results or None,
    )


def hub_licence(licence: str) -> dict[str, Any]:
    """Return a licence in the Hub's words: one of its names, or `other` with a name of its own."""
    if licence == NO_LICENCE:
        return {"license": "unknown"}
    name = (re.findall(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", licence.lower()) or ["other"])[0]
    return {"license": name} if name in HUB_LICENCES else {"license": "other", "license_name": name}


def _measured(scores: Mapping[str, float]) -> list[str]:
    names = [name for name in (*FIGURES, *asked_for(scores)) if name in scores]
    return [name for name in names if not name.endswith(("_low", "_high"))]


def _span(name: str, scores: Mapping[str, float]) -> dict[str, float] | None:
    """Return the ends of a figure's 95 % interval, where it has one."""
    ends = {end: scores[f"{name}_{end}"] for end in ("low", "high") if f"{name}_{end}" in scores}
    return ends or None


def _results(scores: Mapping[str, float]) -> Table:
    rows = []
    for name in _measured(scores):
        span = _span(name, scores)
        ends = f"{_text(name, span['low'])} to {_text(name, span['high'])}" if span else ""
        rows.append((name, _text(name, scores[name]), ends))
    return Table("", columns("measure", ">value", "95 % interval"), rows)


def _styles(found: Iterable[StylePoints]) -> Table:
    rows = [
        (one.style, f"{one.images}", f"{one.queries}", f"{one.points.mean:.1f}", _ends(one.points.low, one.points.high))
        for one in found
    ]
    return Table("", columns("style", ">images", ">queries", ">points", "95 % interval"), rows)


def _by_style(files: Files, model: str) -> list[StylePoints]:
    styles, params = read_styles(files.layout.styles(files.dataset)), files.params
    if not styles:
        return []
    return points_by_style(files.ranking(model), files.catalog, styles, params.score.bootstrap, params.run.seed)


def _text(name: str, value: float) -> str:
    return f"{value:.1f}" if name.startswith("points") else f"{value:.3f}"


def _ends(low: float, high: float) -> str:
    return f"{low:.1f} to {high:.1f}"


def _training(files: Files, model: str) -> Mapping[str, Any]:
    """Return what training came to; without a record the model counts as published."""
    return files.counts(files.layout.training_record(model)) or {"kept": "frozen"}


def _template() -> Any:
    # Markdown, not HTML: what a dataset names goes through the tables, which escape it.
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("card.md.j2")
