"""Whether what is said about answers is true: reliability diagrams, and a table of ECE, Brier score and DIR at FAR 1 %.

    python -m benchmarks.trust RUN [--other RUN] [--sketches FOLDER] [--test] [--out FOLDER] [--ship]

RUN is a project after `dvc repro` whose models are all used as published, so that no training identity shaped them.
Its training identities are halved; each half is asked, and judged by what the other half taught. Every query is asked
twice: as it is, and with its person's images taken out of the gallery. `before` is what was fitted until now: a
logistic curve of the raw score and its margin over the second, on queries whose person is there.

--other     a run on other images: what one run's identities taught is applied to the other's, and the reverse
--sketches  a folder that `benchmarks.sketches` wrote of RUN's training photographs
--test      the test split as well, once everything is settled
--out       where the diagrams go, one SVG a system and scene
--ship      write tools/search/shipped.json: what all of RUN's identities teach about each published model
"""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from benchmarks.trust_scenes import Asked, Halves
from lookalike.embedding.recipe import preprocessing
from lookalike.fusion.calibrate import logistic, sigmoid
from lookalike.fusion.standing import standing
from lookalike.metrics.measures.calibration_error import errors, reliability
from lookalike.metrics.measures.detection import detection_identification_rate
from lookalike.report.charts import Series, line_chart, percent
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.shipped import PATH
from lookalike.tools.search.systems import systems_of

COLUMNS = (
    "system",
    "scene",
    "queries",
    "right",
    "unknown",
    "ECE",
    "Brier",
    "constant",
    "DIR at FAR 1 %",
    "absent said",
)
TRAVELLED = "taught by the other run"
Before = Callable[[np.ndarray], np.ndarray]
# Of every figure: of first answers, persons present and then absent.
Said = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def before_of(halves: Halves) -> Before:
    """Fit the earlier confidence: a logistic curve of score and margin, where everyone is in the gallery."""
    features, right = [], []
    for asked in halves.held_out():
        features.append(_score_and_margin(asked.scores))
        right.append(_first_right(asked.scores, asked.right))
    stacked = np.concatenate(features)
    centre, spread = stacked.mean(axis=0), stacked.std(axis=0)
    weight, bias = logistic((stacked - centre) / spread, np.concatenate(right))
    return lambda scores: sigmoid(((_score_and_margin(scores) - centre) / spread) @ weight + bias)


def said(asked: Iterable[Asked], before: Before | None = None) -> Said:
    """Return of each search the probability, whether it is right, how far it stands out, who is absent, which half."""
    rows = []
    for half, part in enumerate(asked):
        others, elsewhere = standing(part.others, 1), standing(part.elsewhere, 1)
        for scores, right in zip(part.scores, part.right, strict=True):
            for absent in (False, True):
                left = ~right if absent else np.ones(len(scores), dtype=bool)
                row = scores[left][None]
                answer = standing(row, 1)
                likely = part.confidence.judge(answer, others, elsewhere)
                excess = part.confidence.excess(answer)[0, 0] if before is None else float(row.max())
                told = likely.first[0] if before is None else before(row)[0]
                rows.append((told, bool(right[left][row.argmax()]), excess, absent, half))
    columns = np.array(rows, dtype=np.float64).T
    return columns[0], columns[1].astype(bool), columns[2], columns[3].astype(bool), columns[4]


def row_of(system: str, scene: str, figures: Said) -> tuple[str, ...]:
    """Return a line of the table."""
    probability, right, excess, absent, half = figures
    known = np.isfinite(probability)
    # Halves are judged by different curves, whose numbers do not compare.
    parts = [(half == one) & ~absent for one in np.unique(half)], [(half == one) & absent for one in np.unique(half)]
    rates = [detection_identification_rate(excess[p], right[p], excess[a], 0.01) for p, a in zip(*parts, strict=True)]
    dir_1 = float(np.mean(rates))
    line = (system, scene, str(int((~absent).sum())), f"{right[~absent].mean():.3f}", f"{(~known).mean():.3f}")
    if not known.any():
        return (*line, "–", "–", "–", f"{dir_1:.3f}", "–")
    p, y = probability[known], right[known]
    return (
        *line,
        *(f"{value:.3f}" for value in errors(p, y).values()),
        f"{dir_1:.3f}",
        f"{p[absent[known]].mean():.3f}",
    )


def diagram(name: str, figures: Said) -> str:
    """Return a reliability diagram as SVG."""
    known = np.isfinite(figures[0])
    bins = reliability(figures[0][known], figures[1][known])
    lines = [
        Series("ideal", [0, 1], [0, 1]),
        Series("seen", [part.said for part in bins], [part.seen for part in bins]),
    ]
    text = "text{font:12px sans-serif}.end{text-anchor:end}.mid{text-anchor:middle}"
    style = f"<style>{text}polyline{{fill:none;stroke:#36c;stroke-width:2}}line{{stroke:#ccc}}</style>"
    svg = str(line_chart(f"Reliability of {name}", lines, "said", percent))
    return svg.replace('<svg class="chart"', '<svg xmlns="http://www.w3.org/2000/svg"').replace(">", f">{style}", 1)


def scenes(halves: Halves, other: Halves | None, sketches: Path | None, test: bool) -> dict[str, Iterable[Asked]]:
    """Return scene -> what is asked in it."""
    found = {"held-out identities": halves.held_out(), "gallery 10 times larger": halves.larger()}
    if sketches:
        found |= {f"{place.name} sketches": halves.sketched(place) for place in sorted(sketches.iterdir())}
    if other:
        found[TRAVELLED] = halves.travelled(other.all_learned())
    if test:
        found["test"] = halves.test()
    return found


def _score_and_margin(scores: np.ndarray) -> np.ndarray:
    best = -np.sort(-scores, axis=1)[:, :2].astype(np.float64)
    return np.stack([best[:, 0], best[:, 0] - best[:, 1]], axis=1)


def _first_right(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    return right[np.arange(len(right)), scores.argmax(axis=1)]


def ship(runs: dict[str, Halves]) -> None:
    """Write what all identities teach about each model that is used as published."""
    models = {}
    for name, halves in runs.items():
        if len(halves.system.models) == 1:
            taught = halves.all_learned()
            recipe, weights = halves.run.params.models[name], halves.run.params.weights_of(name)
            models[f"{weights.sha256} {preprocessing(recipe.crop, recipe.embed.views)}"] = taught.document()
    dataset = next(iter(runs.values())).run.params.run.dataset
    told = f"training identities of {dataset}, by python -m benchmarks.trust RUN --ship; keys: weights, and crop"
    PATH.write_text(json.dumps({"provenance": told, "models": models}, indent=1, sort_keys=True) + "\n")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--sketches", type=Path)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--ship", action="store_true")
    arguments = parser.parse_args()
    runs = _halves(arguments.run)
    others = _halves(arguments.other) if arguments.other else {}
    if arguments.ship:
        ship(runs)
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    for name, halves in runs.items():
        before = before_of(halves)
        other = _alike(others.get(name), halves)
        for scene, asked in scenes(halves, other, arguments.sketches, arguments.test).items():
            kept = list(asked)
            earlier = before_of(other) if other and scene == TRAVELLED else before
            for told, figures in ((scene, said(kept)), (f"{scene}, before", said(kept, earlier))):
                print(f"| {' | '.join(row_of(name, told, figures))} |", flush=True)
                if arguments.out:
                    arguments.out.mkdir(parents=True, exist_ok=True)
                    place = arguments.out / f"{name}-{told.replace(', ', '-').replace(' ', '-')}.svg"
                    place.write_text(diagram(f"{name}, {told}", figures))


def _alike(other: Halves | None, halves: Halves) -> Halves | None:
    return other if other is not None and other.system.models == halves.system.models else None


def _halves(root: Path) -> dict[str, Halves]:
    run = SearchRun.read(root)
    return {name: Halves(run, system) for name, system in systems_of(run).items()}


if __name__ == "__main__":
    main()
