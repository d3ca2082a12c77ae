"""The page and the tables of a sweep, the test's figures among them once there are some."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from lookalike.kit.errors import LookalikeError
from lookalike.kit.git import git
from lookalike.params.load import read_mapping
from lookalike.tools.sweep.experiments import Experiments
from lookalike.tools.sweep.loop import sweep_on
from lookalike.tools.sweep.page import render, write_page
from lookalike.tools.sweep.plan import load_sweep
from lookalike.tools.sweep.study import SCORED, Study
from lookalike.tools.sweep.tables import best_trials, by_choice
from lookalike.tools.sweep.winner import check_unscored, score_winner
from tests.browser import DESKTOP, PHONE, watched
from tests.tools.sweep.conftest import FILE, ROOT
from tests.tools.sweep.runner import MadeRunner, worth

Made = tuple[Experiments, Study]
TRIALS = 30


def made(root: Path, trials: int = TRIALS) -> Made:
    """A sweep of a made-up objective in a project, two of whose commits stand for the runs that are scored."""
    path = root / "sweep.yaml"
    path.write_text(yaml.safe_dump(FILE | {"trials": trials}))
    sweep = load_sweep(path, read_mapping(ROOT / "params.yaml"))
    experiments = Experiments(root, sweep, (git(root, "rev-parse", "HEAD") or b"").decode().strip(), "made-up")
    study = Study(experiments.folder, sweep)
    sweep_on(study, MadeRunner(faulty={3: "training loss is <nan>"}), lambda text: None, 0)
    return experiments, study


@pytest.fixture(scope="module")
def swept(made_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("sweep") / "project"
    shutil.copytree(made_project, root, symlinks=True)
    return made(root)


@pytest.fixture(scope="module")
def scored(swept: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same once its winner has been on the test: `blurred` stands for it, `main` for today's recipe."""
    root = tmp_path_factory.mktemp("scored") / "project"
    shutil.copytree(swept[0].root, root, symlinks=True)
    experiments, study = made(root)
    for name, revision in (("today", "main"), ("best", "blurred")):
        base = experiments.base
        reference = f"refs/exps/{base[:2]}/{base[2:]}/{experiments.name(name)}"
        found = git(root, "for-each-ref", "--format=%(objectname)", f"refs/exps/**/{revision}") or git(
            root, "rev-parse", revision
        )
        assert found and git(root, "update-ref", reference, found.decode().split()[0]) is not None
    assert study.best is not None
    study.optuna.set_user_attr(SCORED, study.best.number)
    return experiments, study


def test_trials_are_listed_best_first_and_none_is_left_out(swept: Made) -> None:
    _, study = swept
    table = best_trials(study, TRIALS)
    scores = [row[1] for row in table.rows]
    known = [float(score) for score in scores if score != "–"]
    assert (
        len(table.rows) == TRIALS
        and known == sorted(known, reverse=True)
        and scores[len(known) :] == ["–"] * (TRIALS - len(known))
    )
    assert known[0] == round(max(worth(t.params) for t in study.ended), 1)
    assert sorted(int(row[0]) for row in table.rows) == list(range(TRIALS))
    (today,) = (row for row in table.rows if "today's" in row)
    assert today[0] == "0000"
    assert re.match(rf"{TRIALS} of {TRIALS} trials: \d+ ended, \d+ pruned, 1 failed", table.note)


def test_choices_are_counted_among_the_trials_that_ended(swept: Made) -> None:
    _, study = swept
    rows = {row[1]: row for row in by_choice(study).rows}
    assert rows.keys() == {"supcon", "triplet"}
    assert sum(int(row[2]) for row in rows.values()) == len(study.ended)
    best = max(worth(t.params) for t in study.ended if t.params["models.sface_tuned.train.loss"] == "triplet")
    assert rows["triplet"][3] == f"{best:.1f}"


def test_the_page_shows_nothing_of_the_test_before_all_is_tried(swept: Made) -> None:
    experiments, study = swept
    assert write_page(experiments, study) == experiments.root / "reports/sweeps/try.html"
    html = render(*swept)
    assert "On the test" not in html and html.count("<svg class=") == 3
    assert html == render(*swept)


def test_a_sweep_of_few_trials_says_what_it_does_not_know(tmp_path: Path) -> None:
    html = render(*made(tmp_path, trials=2))
    assert "Not known before 8 trials have ended" in html


def test_the_page_ends_with_the_winner_beside_todays_recipe(scored: Made) -> None:
    html = re.sub(r"\s+", " ", render(*scored))
    assert "On the test, once" in html and "sweep-try-today" in html and "95 % interval" in html


def test_nobody_goes_on_choosing_after_the_test(scored: Made, tmp_path: Path) -> None:
    _, study = scored
    check_unscored(study)
    score_winner(*scored, lambda text: pytest.fail(f"{text}: it is scored already"))
    path = tmp_path / "more.yaml"
    path.write_text(yaml.safe_dump(FILE | {"trials": TRIALS + 1}))
    more = Study(scored[0].folder, load_sweep(path, read_mapping(ROOT / "params.yaml")))
    with pytest.raises(LookalikeError, match="needs another name"):
        check_unscored(more)


def test_without_a_trial_that_ended_well_nothing_is_scored(tmp_path: Path) -> None:
    experiments, study = made(tmp_path, trials=1)
    failing = Study(tmp_path / "failing", study.sweep)
    sweep_on(failing, MadeRunner(faulty={0: "no"}), lambda text: None, 0)
    with pytest.raises(LookalikeError, match="no trial ended well"):
        score_winner(experiments, failing, lambda text: None)


@pytest.fixture
def visit(chromium: Browser, scored: Made) -> Iterator[Callable[..., Page]]:
    """Open the page from disk."""
    with watched(chromium, ("file:", "data:")) as go:
        yield lambda **context: go(write_page(*scored).absolute().as_uri(), **context)


@pytest.mark.browser
def test_every_trial_that_ended_is_a_dot(visit: Callable[..., Page], scored: Made) -> None:
    for chart in visit().locator("svg.chart").all():
        expect(chart.locator("path")).to_have_count(len(scored[1].ended))


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE)])
def test_axe_finds_no_fault(visit: Callable[..., Page], scheme: str, viewport: dict[str, int]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = visit(color_scheme=scheme, viewport=viewport, bypass_csp=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    results = axe.Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
