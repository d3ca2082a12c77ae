import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lookalike.kit.errors import LookalikeError
from lookalike.tools.doctor.outlook import Outlook

# Slow: DVC runs a pipeline and is asked what is left to do.
pytestmark = pytest.mark.slow

# a reads in.txt, b reads a's output, c reads b's; d stands alone.
COPY = "cp {0} {1}"
LINKS = {"a": ("in.txt", "a.txt"), "b": ("a.txt", "b.txt"), "c": ("b.txt", "c.txt"), "d": ("other.txt", "d.txt")}


def dvc(*arguments: str) -> None:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    command = [sys.executable, "-m", "dvc", *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("chain")
    here = Path.cwd()
    os.chdir(root)
    try:
        subprocess.run(["git", "init", "-q"], check=True)
        dvc("init", "-q")
        Path("in.txt").write_text("x" * 1000)
        Path("other.txt").write_text("y" * 10)
        stages = {n: {"cmd": COPY.format(s, t), "deps": [s], "outs": [t]} for n, (s, t) in LINKS.items()}
        Path("dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
        dvc("repro", "-q")
    finally:
        os.chdir(here)
    return root


@pytest.fixture
def project(chain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "chain"
    shutil.copytree(chain, root)
    monkeypatch.chdir(root)
    return root


def test_a_finished_run_leaves_nothing_to_do(project: Path) -> None:
    outlook = Outlook.look({"a": 5.0})
    assert outlook.stages == ()
    assert outlook.needed == 0
    assert outlook.table().title == "The next `dvc repro` has nothing to do"


def test_a_changed_input_wakes_all_that_follows_in_order(project: Path) -> None:
    Path("in.txt").write_text("z")
    outlook = Outlook.look({"a": 5.0, "b": 70.0, "c": 3600.0, "d": 1.0})
    assert outlook.stages == ("a", "b", "c")
    assert outlook.needed == 2 * 3 * 1000
    assert outlook.table().rows == [("a", "5 s"), ("b", "1 min"), ("c", "1 h 00 min")]
    assert outlook.table().note.startswith("About 1 h 01 min. Disk: ")


def test_a_stage_in_the_middle_wakes_none_before_it(project: Path) -> None:
    Path("b.txt").write_text("spoilt")
    outlook = Outlook.look({"c": 2.0})
    assert outlook.stages == ("b", "c")
    assert "About 2 s, and 1 of unknown length" in outlook.table().note


def test_a_stage_that_never_ran_has_no_known_size(project: Path) -> None:
    stages = yaml.safe_load(Path("dvc.yaml").read_text())
    stages["stages"]["e"] = {"cmd": "cp d.txt e.txt", "deps": ["d.txt"], "outs": ["e.txt"]}
    Path("dvc.yaml").write_text(yaml.safe_dump(stages))
    outlook = Outlook.look({})
    assert outlook.stages == outlook.unsized == ("e",)
    assert "without what e will write for the first time" in outlook.table().note
    assert "known after the first run" in outlook.table().note


@pytest.mark.parametrize(("free", "blocked"), [(5_999, True), (6_000, False)])
def test_a_full_disk_blocks(free: int, blocked: bool) -> None:
    faults = Outlook(("a",), {}, 6_000, (), free).faults()
    assert [("needs about 6 kB" in fault, "dvc gc" in fault) for fault in faults] == [(True, True)] * blocked


def test_a_broken_pipeline_is_told(project: Path) -> None:
    Path("dvc.yaml").write_text("stages: {a: {cmd: 'echo ${nothing}'}}")
    with pytest.raises(LookalikeError, match="dvc status.*lookalike check"):
        Outlook.look({})
