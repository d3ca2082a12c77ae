"""A job that is killed at any of its file operations: a rerun ends in the same bytes, and does a part anew at most."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lookalike.engine.faces import face_key
from lookalike.engine.rows import to_hex
from lookalike.engine.store import Store
from tests.engine.album import FACES, listed
from tests.engine.killed import PART

ROOT = Path(__file__).parents[2]


def program(pictures: Path, root: Path, log: Path, at: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.engine.killed", *map(str, (pictures, root, log, at))]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def names(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


def contents(root: Path) -> tuple[list[str], bytes]:
    store = Store(root, face_key(FACES))
    known = store.known()
    rows = store.rows(known)
    return to_hex(known), b"".join(np.ascontiguousarray(rows.values[name]).tobytes() for name in ("box", "landmarks"))


@pytest.fixture(scope="module")
def unbroken(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, tuple[list[str], bytes]]:
    """How many file operations an unbroken run does, and what it leaves."""
    root = tmp_path_factory.mktemp("unbroken")
    result = program(drawn, root / "store", root / "log", -1)
    assert result.returncode == 0, result.stderr
    assert sorted(names(root / "log")) == listed(drawn).image_id.tolist()
    return int(result.stdout), contents(root / "store")


@pytest.mark.parametrize("seed", range(8))
def test_a_rerun_ends_in_the_same_bytes_and_does_one_part_anew_at_most(
    drawn: Path, unbroken: tuple[int, tuple[list[str], bytes]], tmp_path: Path, seed: int
) -> None:
    operations, expected = unbroken
    rng = np.random.default_rng(seed)
    # Each seed dies in another eighth of the run.
    at = int(rng.integers(seed * operations // 8, (seed + 1) * operations // 8)) + 1
    assert program(drawn, tmp_path / "store", tmp_path / "killed", at).returncode == -9
    store = Store(tmp_path / "store", face_key(FACES))
    kept = len(store.known())
    assert len(set(names(tmp_path / "killed"))) - kept <= PART
    again = program(drawn, tmp_path / "store", tmp_path / "again", -1)
    assert again.returncode == 0, again.stderr
    assert len(names(tmp_path / "again")) == len(expected[0]) - kept
    assert contents(tmp_path / "store") == expected
    assert not list(tmp_path.rglob("*.damaged"))
    # What was left of a write goes with the next one.
    assert kept == len(expected[0]) or not list(tmp_path.rglob("*.tmp"))
