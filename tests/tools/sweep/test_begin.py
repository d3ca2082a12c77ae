"""All trials of a sweep start from what was committed when it began."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from lookalike.kit.errors import LookalikeError
from lookalike.tools.sweep.begin import alone, opened
from tests.tools.sweep.conftest import FILE, ROOT


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(
        ["git", *identity, *words], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "params")
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(FILE))
    return tmp_path


def test_a_sweep_stays_at_the_commit_where_it_began(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    experiments, _ = opened(root, root / "sweep.yaml", begin=True)
    assert (experiments.base, experiments.dataset, experiments.name(7)) == (first, "sample", "sweep-try-0007")
    params = (root / "params.yaml").read_text()
    (root / "params.yaml").write_text(params.replace("lr_backbone: 5.0e-5", "lr_backbone: 7.0e-5"))
    again, study = opened(root, root / "sweep.yaml", begin=True)
    git(root, "commit", "-qam", "another rate")
    later, _ = opened(root, root / "sweep.yaml", begin=True)
    assert again.base == later.base == first
    assert study.sweep.today is not None and 5e-5 in study.sweep.today.values()


def test_what_is_not_committed_is_named(root: Path) -> None:
    (root / "params.yaml").write_text((root / "params.yaml").read_text() + "\n")
    with pytest.raises(LookalikeError, match="commit first.*: params.yaml"):
        opened(root, root / "sweep.yaml", begin=True)
    assert not (root / ".cache").exists()


def test_a_file_with_faults_begins_nothing(root: Path) -> None:
    (root / "sweep.yaml").write_text(yaml.safe_dump(FILE | {"judge": "nobody"}))
    with pytest.raises(LookalikeError, match="judge: unknown model"):
        opened(root, root / "sweep.yaml", begin=True)
    assert not (root / ".cache").exists()


def test_there_is_nothing_to_look_at_before_a_sweep_began(root: Path) -> None:
    with pytest.raises(LookalikeError, match="not begun yet"):
        opened(root, root / "sweep.yaml", begin=False)
    opened(root, root / "sweep.yaml", begin=True)
    assert opened(root, root / "sweep.yaml", begin=False)[1].trials == []


def test_a_sweep_runs_once_at_a_time(root: Path) -> None:
    experiments, _ = opened(root, root / "sweep.yaml", begin=True)
    with alone(experiments), pytest.raises(LookalikeError, match="running already"), alone(experiments):
        pytest.fail("two at once")
    with alone(experiments):
        pass
