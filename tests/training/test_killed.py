"""kill -9, for real: right after a checkpoint and in the middle of writing one; the rerun ends in the same bytes."""

import signal
from pathlib import Path

import pytest

from lookalike.run.layout import Layout
from tests.training.project import make, run, run_here, trained

# Slow: kill -9 needs a process of its own each time, and each loads torch.
pytestmark = pytest.mark.slow

# Runs a stage whose second life ends as its third epoch's checkpoint is half written, and its first after epoch one's.
KILLER = """
import os, runpy, signal, sys
from pathlib import Path
import torch

whole, replace = torch.save, Path.replace

def save(state, stream):
    whole(state, stream)
    if len(state.get("history", [])) == 3:
        stream.flush()
        os.truncate(stream.name, os.path.getsize(stream.name) // 2)
        os.kill(os.getpid(), signal.SIGKILL)

def move(source, target):
    replace(source, target)
    if target.name == "epoch.pt" and not Path("killed").exists():
        Path("killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)

torch.save, Path.replace = save, move
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def checkpoint_of(folder: Path) -> Path:
    (path,) = (folder / ".cache/lookalike/training").glob("*/part0/epoch.pt")
    return path


def test_a_run_killed_twice_ends_in_the_bytes_of_an_unbroken_one(tmp_path: Path) -> None:
    settings = {"augment": {"flip": 0.5}, "cached_views": 2, "epochs": 5, "patience": 5}
    unbroken, broken = (make(tmp_path / name, **settings) for name in ("unbroken", "broken"))
    run_here(unbroken)
    killer = tmp_path / "killer.py"
    killer.write_text(KILLER)
    seen = []
    for _ in range(2):
        life = run(broken, str(killer))
        assert life.returncode == -signal.SIGKILL, life.stderr
        assert not trained(broken).exists()
        seen.append(checkpoint_of(broken).read_bytes())
    assert list(Layout(broken).scratch.glob("*/epoch.pt"))
    assert seen[0] != seen[1]
    run_here(broken)
    for output in (trained, lambda folder: folder / "metrics/training/tiny.csv"):
        assert output(broken).read_bytes() == output(unbroken).read_bytes()
    assert not list((broken / ".cache/lookalike/training").iterdir())
    assert not list(Layout(broken).scratch.iterdir())
