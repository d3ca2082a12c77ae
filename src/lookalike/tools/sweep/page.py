"""The page of a sweep: what was tried, what mattered, and, at the end, what the winner is worth on the test."""

import math
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from lookalike.kit.files import write_text
from lookalike.report.charts import Series, scatter
from lookalike.report.figures import Figure
from lookalike.report.template import Page, fill
from lookalike.tools.sweep.experiments import Experiments
from lookalike.tools.sweep.knobs import Knob
from lookalike.tools.sweep.study import STARTUP, Study
from lookalike.tools.sweep.tables import best_trials, by_choice, counted, score_of, short
from lookalike.tools.sweep.winner import scored_tables

PAGE = Page("sweep.html.j2", ("sweep.js",), Path(__file__).parent / "templates")


def write_page(experiments: Experiments, study: Study) -> Path:
    """Write the page of a sweep, as far as it has come, and return where it is."""
    path = experiments.layout.sweep_pages(study.sweep.file.name)
    write_text(path, render(experiments, study))
    return path


def render(experiments: Experiments, study: Study) -> str:
    """Return the page as HTML."""
    file = study.sweep.file
    trials = best_trials(study, len(study.trials))
    facts: dict[str, Any] = {
        "file": file,
        "dataset": experiments.dataset,
        "base": experiments.base,
        "counted": counted(study),
        "best": study.best,
        "startup": STARTUP,
        "importances": [(short(key, file.judge), value) for key, value in study.importances().items()],
        "charts": list(_charts(study)),
        "tables": [table for table in (by_choice(study), trials) if table.rows],
        "scored": scored_tables(experiments, study),
    }
    return fill(PAGE, facts, {}, ())


def _charts(study: Study) -> Iterator[Figure]:
    trials = study.ended
    if not trials:
        return
    numbers, scores = [float(trial.number) for trial in trials], [score_of(trial) for trial in trials]
    dots, best = Series("score", numbers, scores), Series("best so far", numbers, list(accumulate(scores, max)))
    yield Figure("Score of each trial, and the best so far", scatter("Score of each trial", dots, "trial", best))
    for knob in (knob for knob in study.sweep.knobs if knob.span is not None):
        yield _knob_chart(knob, [float(trial.params[knob.key]) for trial in trials], scores, study.sweep.file.judge)


def _knob_chart(knob: Knob, values: list[float], scores: list[float], judge: str) -> Figure:
    name = short(knob.key, judge)
    title = f"Score by {name}"
    if knob.span is None or not knob.span.log:
        return Figure(title, scatter(title, Series(name, values, scores), name))
    powers = Series(name, [math.log10(value) for value in values], scores)
    return Figure(title, scatter(title, powers, f"{name}, by its logarithm", x_format=lambda power: f"{10**power:.2g}"))
