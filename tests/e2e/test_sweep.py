"""A sweep in a real DVC repository: killed, taken up again, and its winner on the test, once.

Slow, since only real experiments show what they leave in git, in DVC and among the processes.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
import yaml
from optuna.trial import TrialState

from lookalike.kit.progress import read_epochs
from tests.e2e.project import Project
from tests.e2e.test_team import call, changes

pytestmark = pytest.mark.e2e

RATE, DECAY = (f"models.effnet_lite0.train.{name}" for name in ("lr_backbone", "weight_decay"))
FILE = "sweep.yaml"
SWEEP = {
    "name": "tiny",
    "judge": "effnet_lite0",
    "trials": 3,
    "knobs": {
        RATE: {"low": 1.0e-5, "high": 1.0e-3, "log": True},
        DECAY: [1e-4, 1e-3],
    },
}
UP_TO_THERE = {"sample", "weights", "sources", "catalog", "faces", "crop", "finetune"}
PATIENCE = 300.0  # seconds for one training on a busy machine


@pytest.fixture(scope="module")
def project(finished_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("sweep") / "project"
    shutil.copytree(finished_project.root, root, symlinks=True)
    (root / FILE).write_text(yaml.safe_dump(SWEEP))
    for command in (["add", "."], ["commit", "-qm", "a run, and a sweep"]):
        call(root, "git", *command)
    return Project(root)


def start(project: Project) -> "subprocess.Popen[bytes]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "LOOKALIKE_EXECUTOR": "local"}
    return subprocess.Popen(["lookalike", "sweep", FILE], cwd=project.root, env=environment)


def study(project: Project) -> optuna.Study:
    database = project.root / ".cache/lookalike/sweeps/tiny/study.db"
    return optuna.load_study(study_name="tiny", storage=f"sqlite:///{database}")


def log(project: Project, name: str) -> str:
    file = project.root / f".cache/lookalike/sweeps/tiny/sweep-tiny-{name}.log"
    return file.read_text() if file.exists() else ""


def notes(project: Project, name: str) -> Path:
    return project.root / f".cache/lookalike/sweeps/tiny/sweep-tiny-{name}.epochs"


def at_work(project: Project) -> set[str]:
    """Return the commands of the processes that stand in one of the copies."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            folder, words = (process / "cwd").resolve(), (process / "cmdline").read_bytes()
        except OSError:
            continue
        if folder.is_relative_to(project.root / ".dvc/tmp/exps") and words:
            found.add(words.replace(b"\0", b" ").decode())
    return found


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def killed_in_the_second_trial(project: Project) -> None:
    sweep = start(project)
    try:
        wait_for(lambda: "finetune@effnet_lite0" in log(project, "0001") or sweep.poll() is not None, "a second trial")
        assert sweep.poll() is None
        wait_for(lambda: any("finetune" in words for words in at_work(project)), "a training")
    finally:
        os.kill(sweep.pid, signal.SIGKILL)
        sweep.wait()
    wait_for(lambda: not at_work(project), "the end of all that was at work")
    states = [trial.state for trial in study(project).trials]
    assert states == [TrialState.COMPLETE, TrialState.RUNNING]
    assert changes(project.root) == []


def goes_on_where_it_was(project: Project) -> str:
    told = call(project.root, "lookalike", "sweep", FILE)
    trials = study(project).trials
    assert [t.state for t in trials] == [TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE, TrialState.COMPLETE]
    assert trials[1].user_attrs == {"interrupted": True} and trials[2].params == trials[1].params
    assert trials[0].params == {RATE: 3e-4, DECAY: 1e-4}, "today's recipe"
    return told


def each_trial_is_an_experiment_that_never_came_to_the_test(project: Project) -> None:
    names = set(re.findall(r"sweep-tiny-\w+", project.check("exp", "list", "--name-only")))
    assert names == {f"sweep-tiny-{name}" for name in ("0000", "0002", "0003", "best", "today")}
    for trial in study(project).trials:
        if trial.state != TrialState.COMPLETE:
            continue
        name = f"{trial.number:04d}"
        ran = re.findall(r"^Running stage '([^'@]+)", log(project, name), re.M)
        assert set(ran) <= UP_TO_THERE, "no stage ranks a test image, fuses or scores"
        assert project.at_experiment(f"sweep-tiny-{name}", "metrics/metrics.json") == ""
        params = yaml.safe_load(project.at_experiment(f"sweep-tiny-{name}", "params.yaml"))
        assert params["models"]["effnet_lite0"]["train"]["lr_backbone"] == trial.params[RATE]
        assert params["run"]["models"] == ["effnet_lite0"]
        record = json.loads(project.at_experiment(f"sweep-tiny-{name}", "metrics/training/effnet_lite0.json"))
        if noted := read_epochs(notes(project, name)):
            assert sum(epoch.points for epoch in noted) / len(noted) == pytest.approx(record["best_points"], abs=1e-3)
        assert bool(noted) == (ran[-1:] == ["finetune"])
        assert trial.value == pytest.approx(record["best_points"] + 1000 * record["best_map"])


def the_winner_is_scored_once_beside_todays(project: Project, told: str) -> None:
    assert "Points on sample" in told and "95 % interval" in told
    best = max((t for t in study(project).trials if t.value is not None), key=lambda trial: trial.value)
    params = yaml.safe_load(project.at_experiment("sweep-tiny-best", "params.yaml"))
    assert params["models"]["effnet_lite0"]["train"]["lr_backbone"] == best.params[RATE]
    for name in ("best", "today"):
        assert (
            "effnet_lite0"
            in yaml.safe_load(project.at_experiment(f"sweep-tiny-{name}", "metrics/metrics.json"))["systems"]
        )
    before = call(project.root, "git", "for-each-ref", "refs/exps")
    again = call(project.root, "lookalike", "sweep", FILE)
    assert again == told and call(project.root, "git", "for-each-ref", "refs/exps") == before
    assert (project.root / "reports/sweeps/tiny.html").is_file()
    assert changes(project.root) == [], "the workspace stays as it was"


def test_a_sweep(project: Project) -> None:
    """One test, since each part begins where the one before it ended."""
    killed_in_the_second_trial(project)
    told = goes_on_where_it_was(project)
    each_trial_is_an_experiment_that_never_came_to_the_test(project)
    the_winner_is_scored_once_beside_todays(project, told)
