"""A team's day: one gives DVC a dataset, runs, pushes; another pulls, and tries three values; CI runs what changed."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.e2e.project import ROOT, Project

pytestmark = pytest.mark.e2e

AUTHOR = {f"GIT_{who}_{what}": "test@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
PARTY = "data/raw/party"
# Of the thousand that DVC's own table has: what was run, the knobs that differ, what is compared first.
COLUMNS = {
    "Experiment",
    "State",
    "run.dataset",
    "run.models",
    "run.fusion",
    "retrieval.depth",
    "retrieval.shift.method",
}
COLUMNS |= {f"systems.{system}.{metric}" for system in ("ensemble", "sface") for metric in ("points", "map")}
PATIENCE = 300.0  # seconds for three short experiments on two workers of a busy machine


def call(folder: Path, *command: str) -> str:
    """Run a program in a clone, which has to end well, and return what it prints."""
    environment = os.environ | AUTHOR | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def changes(folder: Path) -> list[str]:
    """Return the files that git would commit, new ones too."""
    return [line[3:] for line in call(folder, "git", "status", "--porcelain", "-uall").splitlines()]


def cloned(hub: Path, name: str) -> Project:
    """Clone what is in git at the team's hub, without a byte of DVC's."""
    call(hub.parent, "git", "clone", "-q", str(hub), name)
    return Project(hub.parent / name)


def add_party(project: Project) -> None:
    """Lay out a dataset that no stage makes, with its recipe, and run on it alone."""
    shutil.copytree(project.root / "data/raw/sample", project.root / PARTY)
    params = project.params_of(project.root / "params.yaml")
    params["datasets"]["party"] = params["datasets"]["sample"]
    params["run"] |= {"dataset": "party", "models": ["sface"]}
    (project.root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))


@pytest.fixture(scope="module")
def first(finished_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The clone of who has the pictures: a run on them is in git at the hub, and its bytes are in DVC's remote."""
    folder = tmp_path_factory.mktemp("team")
    # Without what DVC remembers of other runs there: restored from it, `selection` would leave their models' files.
    shutil.copytree(finished_project.root, folder / "first", symlinks=True, ignore=shutil.ignore_patterns("runs"))
    project = Project(folder / "first")
    for command in (["add", "."], ["commit", "-qm", "the sample"], ["branch", "-qM", "main"]):
        call(project.root, "git", *command)
    add_party(project)
    project.check("add", PARTY)
    assert changes(project.root) == ["params.yaml", f"{PARTY}.dvc"]
    project.repro()
    project.check("remote", "add", "--default", "shared", str(folder / "remote"))
    call(project.root, "git", "add", ".")
    call(project.root, "git", "commit", "-qm", "a run on our pictures")
    project.check("push", "--run-cache")
    call(folder, "git", "clone", "-q", "--bare", "first", "hub.git")
    call(project.root, "git", "remote", "add", "origin", str(folder / "hub.git"))
    return project


@pytest.fixture(scope="module")
def second(first: Project) -> Project:
    """A colleague's clone, with what the first computed."""
    project = cloned(first.root.parent / "hub.git", "second")
    assert not (project.root / PARTY).exists()
    project.check("pull", "--run-cache")
    return project


def git_has_pointers_and_no_bytes(first: Project) -> None:
    kept = call(first.root, "git", "ls-files", "data").split()
    assert kept == ["data/README.md", "data/raw/.gitkeep", f"{PARTY}.dvc"]
    assert changes(first.root) == []


def a_colleague_pulls_and_nothing_runs(first: Project, second: Project) -> None:
    assert second.repro() == []
    assert changes(second.root) == []
    pulled = second.outputs()
    assert len([name for name in pulled if name.startswith(f"{PARTY}/")]) > 20
    assert pulled == {name: content for name, content in first.outputs().items() if name in pulled}


def an_experiment_in_a_temporary_copy_is_handed_over(first: Project, second: Project) -> None:
    first.check("exp", "run", "--temp", "--name", "shallow", "-S", "retrieval.depth=5")
    assert changes(first.root) == [], "the workspace stays as it was"
    first.check("exp", "push", "origin", "shallow")
    second.check("exp", "pull", "origin", "shallow")
    second.check("exp", "apply", "shallow")
    assert second.params_of(second.root / "params.yaml")["retrieval"]["depth"] == 5
    assert second.repro() == []
    call(second.root, "git", "restore", ".")
    second.check("checkout")


def three_values_on_two_workers_are_compared_and_the_change_is_shown(second: Project) -> None:
    second.check("exp", "run", "--queue", "--name", "try", "-S", "retrieval.shift.method=none,centre,coral")
    second.check("queue", "start", "--jobs", "2")
    await_queue(second, 3)
    rows = {row["Experiment"]: row for row in compared(second) if row["Experiment"].startswith("try-")}
    assert {row["retrieval.shift.method"] for row in rows.values()} == {"none", "centre", "coral"}
    for name, row in rows.items():
        systems = json.loads(second.at_experiment(name, "metrics/metrics.json"))["systems"]
        assert float(row["systems.sface.points"]) == pytest.approx(systems["sface"]["points"], abs=1e-3)
    assert set(next(iter(rows.values()))) == COLUMNS
    (centred,) = (name for name, row in rows.items() if row["retrieval.shift.method"] == "centre")
    second.check("exp", "apply", centred)
    comment = call(second.root, "lookalike", "compare", "main", "--markdown")
    assert "retrieval.shift.method" in comment and "centre" in comment and "sface" in comment


def ci_runs_only_what_changed(second: Project) -> None:
    """The branch of the test before, whose author pushed to git and not to DVC: the rest comes from the remote."""
    call(second.root, "git", "switch", "-qc", "centred")
    call(second.root, "git", "commit", "-qam", "centre both domains")
    call(second.root, "git", "push", "-q", "origin", "centred")
    runner = cloned(second.root.parent / "hub.git", "runner")
    call(runner.root, "git", "switch", "-q", "centred")
    ran = re.findall(r"^Running stage '([^']+)'", runner.check("repro", "--pull"), re.M)
    assert ran[0] == "rank@sface" and set(ran) <= {"rank@sface", "tune", "fuse", "score", "report"}
    assert changes(runner.root) == [], "the same results as the author's"


def test_a_teams_day(first: Project, second: Project) -> None:
    """One test, since each part begins where the one before it ended."""
    git_has_pointers_and_no_bytes(first)
    a_colleague_pulls_and_nothing_runs(first, second)
    an_experiment_in_a_temporary_copy_is_handed_over(first, second)
    three_values_on_two_workers_are_compared_and_the_change_is_shown(second)
    ci_runs_only_what_changed(second)


def await_queue(project: Project, experiments: int) -> None:
    """Wait until so many experiments of the queue are done, all of them well."""
    deadline = time.monotonic() + PATIENCE
    while (table := project.check("queue", "status")).count("Success") < experiments:
        assert "Failed" not in table and time.monotonic() < deadline, table
        time.sleep(1)


def compared(project: Project) -> list[dict[str, str]]:
    """Return the table of `make exps`, a row an experiment."""
    words = re.findall(r"^(?:UN)?COMPARED := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    drop, keep = (word.replace("$$", "$") for word in words)
    table = project.check("exp", "show", "--csv", "--only-changed", "--drop", drop, "--keep", keep)
    return list(csv.DictReader(io.StringIO(table)))
