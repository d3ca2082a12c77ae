from pathlib import Path

import numpy as np
import pytest
import yaml

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import write_json, write_text
from lookalike.metrics.first_hits import FirstHits
from lookalike.run.layout import Layout
from lookalike.run.run import Run
from lookalike.tools.compare.tables import FLIPS_SHOWN, check_comparable, comparison

RATES = {"top1": 0.5, "top5": 0.75, "top10": 1.0, "map": 0.25}


class Written:
    """Writes the little of a run that its tables are made of, each run in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(
        self, name: str, ranks: list[int] | None, points: float, dataset: str = "sample", **params: object
    ) -> Run:
        layout = Layout(self._folder / name)
        metrics = {"dataset": dataset, "systems": {"ensemble": {"points": points, **RATES}}}
        write_json(layout.metrics, metrics)
        write_text(layout.params, yaml.safe_dump(params))
        if ranks is not None:
            ids = np.array([f"q{i:03d}" for i in range(len(ranks))], dtype=object)
            write_text(layout.first_hits, FirstHits(ids, {"ensemble": np.array(ranks)}).text())
        run = Run(layout.root)
        run.name = name
        return run


@pytest.fixture
def run(tmp_path: Path) -> Written:
    return Written(tmp_path)


def test_the_tables_say_what_changed(run: Written) -> None:
    points, rates, params, flips = comparison(
        run("a", [1, 3, 1, 1], 850.0, shift="none", k=3, gone=1),
        run("b", [1, 1, 2, 1], 850.0, shift="centre", k=3),
        "ensemble",
    )
    assert points.rows[0][:4] == ("ensemble", "850.0", "850.0", "+0.0")
    assert rates.rows == [("ensemble", "0.500 → 0.500", "0.750 → 0.750", "1.000 → 1.000", "0.250 → 0.250")]
    assert params.rows == [("gone", "1", "–"), ("shift", "none", "centre")]
    assert flips.title == "Flips of ensemble: 1 gained, 1 lost"
    assert flips.rows == [("q002", "lost", "1", "2"), ("q001", "gained", "3", "1")]


def test_a_rank_of_zero_is_told_in_words(run: Written) -> None:
    flips = comparison(run("a", [1], 1000.0), run("b", [0], 0.0), "ensemble")[3]
    assert flips.rows == [("q000", "lost", "1", "not found")]


def test_many_flips_are_cut_and_counted(run: Written) -> None:
    n = FLIPS_SHOWN + 7
    flips = comparison(run("a", [1] * n, 1000.0), run("b", [2] * n, 400.0), "ensemble")[3]
    assert len(flips.rows) == FLIPS_SHOWN
    assert flips.note.startswith("And 7 more")


def test_other_queries_are_told(run: Written) -> None:
    points = comparison(run("a", [1, 1], 1000.0), run("b", [1], 1000.0), "ensemble")[0]
    assert "different queries (2 and 1)" in points.note
    assert points.rows[0][4] == "+0.0 to +0.0"


def test_an_older_run_without_ranks_is_told(run: Written) -> None:
    told = comparison(run("a", None, 1000.0), run("b", [1], 1000.0), "ensemble")
    assert "a holds no metrics/first_hits.csv" in told[0].note
    assert told[0].rows[0][3:] == ("+0.0", "–")
    assert told[3].title == "Flips of ensemble: not known"


def test_runs_of_different_datasets_or_systems_are_refused(run: Written) -> None:
    one, other = run("a", [1], 1000.0), run("b", [1], 1000.0, dataset="objects")
    with pytest.raises(LookalikeError, match="a was scored on sample and b on objects"):
        check_comparable(one, other, "ensemble")
    with pytest.raises(LookalikeError, match="--system sface.*expected one of ensemble"):
        check_comparable(one, one, "sface")
