"""A tiny project with a finished run in git and DVC, an experiment beside it, and a run in the workspace."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import yaml

from benchmarks.made_up_run import MadeUpRun, draw_dataset, write_run
from lookalike.catalog.table import Catalog
from lookalike.kit.files import write_text
from lookalike.run.layout import Layout

LABELS = ("anna", "bela", "carlo", "<b>dora")
SYSTEMS = ("sface", "ensemble")
LAYOUT = Layout()
OUTPUTS = [*map(str, (LAYOUT.catalog, LAYOUT.queries, *map(LAYOUT.ranking, SYSTEMS)))]
IN_GIT = [*map(str, (LAYOUT.metrics, LAYOUT.first_hits))]


def command(root: Path, *arguments: str) -> None:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    result = subprocess.run(arguments, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def git(root: Path, *arguments: str) -> None:
    command(root, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments)


def dvc(root: Path, *arguments: str) -> None:
    command(root, sys.executable, "-m", "dvc", *arguments)


def run_it(root: Path, catalog: Catalog, blur: float, shift: str) -> None:
    """Leave what a run leaves; the more blur, the more wrong answers."""
    look = MadeUpRun(dict.fromkeys(SYSTEMS, blur), faces=False, training=False)
    write_run(root, "made-up", catalog, look, np.random.default_rng(5))
    params = {"run": {"dataset": "made-up", "models": ["sface"]}, "retrieval": {"shift": shift}}
    write_text(Layout(root).params, yaml.safe_dump(params))
    dvc(root, "commit", "-f")


def make(root: Path) -> None:
    """Write the project: `main` is the worse run, the experiment `blurred` the worst, the workspace the best."""
    catalog = draw_dataset(Layout(root).images("made-up"), LABELS, 5, 32, np.random.default_rng(3))
    stage = {"cmd": "true", "params": ["retrieval.shift"], "outs": [*OUTPUTS, *({n: {"cache": False}} for n in IN_GIT)]}
    write_text(root / "dvc.yaml", yaml.safe_dump({"stages": {"score": stage}}))
    git(root, "init", "-q", "-b", "main")
    dvc(root, "init", "-q")
    write_text(root / ".gitignore", "/data/\n/metrics/queries.parquet\n/reports/\n")
    run_it(root, catalog, 2.0, "none")
    git(root, "add", ".")
    git(root, "commit", "-qm", "a run")
    run_it(root, catalog, 3.5, "centre")
    git(root, "config", "user.name", "t")
    git(root, "config", "user.email", "t@example.org")
    dvc(root, "exp", "save", "-n", "blurred", "--force")
    run_it(root, catalog, 1.0, "coral")
