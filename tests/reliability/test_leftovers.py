"""What a killed program leaves: nothing where a stage hashes, and nothing once the next one has started."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lookalike.kit.files import atomic_path, write_text
from lookalike.kit.scratch import private_folder, scratch_beside, sweep
from lookalike.run.layout import Layout
from tests.reliability.disks import mounted
from tests.training.project import ROOT

# Writes `argv[1]` and is killed as it moves it into place; a folder where `argv[2]` says so.
KILLED = """
import os, signal, sys
from pathlib import Path
from lookalike.kit import files
files._move = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with files.atomic_path(Path(sys.argv[1])) as temporary:
    if sys.argv[2:]:
        temporary.mkdir()
        temporary = temporary / "inner"
    temporary.write_text("whole")
"""


def kill(folder: Path, target: str, *kind: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", KILLED, target, *kind]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert result.returncode == -signal.SIGKILL, result.stderr


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "params.yaml").touch()
    return root


@pytest.mark.parametrize(
    ("target", "kind"),
    [("data/embeddings/sface.parquet", ()), ("metrics/metrics.json", ()), ("submission", ("folder",))],
)
def test_a_kill_at_the_move_leaves_nothing_beside_the_target(project: Path, target: str, kind: tuple[str, ...]) -> None:
    kill(project, target, *kind)
    inside = f"/{target.rpartition('/')[2]}{'/inner' if kind else ''}"
    (left,) = [name for name in everything(project) if name != "params.yaml"]
    assert left.startswith(".cache/lookalike/tmp/.lookalike-") and left.endswith(f".tmp{inside}")
    write_text(project / "metrics/other.json", "{}")
    assert everything(project) == ["metrics/other.json", "params.yaml"]


def test_a_stage_sweeps_as_it_starts(project: Path) -> None:
    kill(project, "data/embeddings/sface.parquet")
    stage = "from lookalike.kit.entry import entry_point; import sys; entry_point(lambda: sys.exit(3))()"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    assert subprocess.run([sys.executable, "-c", stage], cwd=project, env=environment, check=False).returncode == 3
    assert everything(project) == ["params.yaml"]


def test_elsewhere_it_is_beside_the_target_and_goes_with_the_next_file_written_there(tmp_path: Path) -> None:
    kill(tmp_path, "out/model.onnx")
    assert len(everything(tmp_path)) == 1
    write_text(tmp_path / "out/other.txt", "")
    assert everything(tmp_path) == ["out/other.txt"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["other.txt"]


def test_what_a_living_process_writes_is_left_alone(project: Path) -> None:
    home = project / "scratch"
    home.mkdir()
    sweeper = (
        f"import sys; from pathlib import Path; from lookalike.kit.scratch import sweep; sweep(Path({str(home)!r}))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    with private_folder(home) as folder:
        (folder / "half").touch()
        subprocess.run([sys.executable, "-c", sweeper], env=environment, check=True)
        sweep(home)
        assert (folder / "half").exists()
    assert list(home.iterdir()) == []


def test_nothing_but_our_own_folders_is_swept(tmp_path: Path) -> None:
    (tmp_path / ".lookalike-notes").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / ".lookalike-link.tmp").symlink_to(tmp_path / "other")
    sweep(tmp_path)
    sweep(tmp_path / "nowhere")
    assert len(list(tmp_path.iterdir())) == 3


def test_data_on_another_disk_is_written_there(project: Path, tmp_path: Path) -> None:
    with mounted(project / "data", 10_000_000):
        target = project / "data/embeddings/sface.parquet"
        with atomic_path(target) as temporary:
            assert temporary.parent.parent == target.parent
            temporary.write_text("x")
        assert [path.name for path in target.parent.iterdir()] == ["sface.parquet"]
    target = project / "metrics/metrics.json"
    target.parent.mkdir()
    assert scratch_beside(target) == Layout(project).scratch


def test_a_folder_between_two_mounts_of_one_disk_is_copied(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def across(source: Path, target: Path) -> Path:
        if ".cache" in source.parts:
            raise OSError(18, "Invalid cross-device link")
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", across)
    for name in ("a.txt", "folder"):
        with atomic_path(project / "data" / name) as temporary:
            if name == "folder":
                temporary.mkdir()
                (temporary / "inner").write_text("x")
            else:
                temporary.write_text("x")
    assert everything(project) == ["data/a.txt", "data/folder/inner", "params.yaml"]


def test_a_folder_that_cannot_be_replaced_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "submission").mkdir()
    (project / "submission/old").touch()
    replace = Path.replace

    def refused(source: Path, target: Path) -> Path:
        if source.name == "submission" and ".cache" in source.parts:
            raise OSError(28, "No space left on device")
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(ValueError, match="submission: no space left"), atomic_path(project / "submission") as temporary:
        temporary.mkdir()
    assert everything(project) == ["params.yaml", "submission/old"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_disk_that_cannot_flush_is_written_all_the_same(
    project: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", refused)
    write_text(project / "data/a.txt", "x")
    assert everything(project) == ["data/a.txt", "params.yaml"]


def test_git_and_dvc_pass_over_a_folder_beside_its_target() -> None:
    name = "metrics/training/.lookalike-abc.tmp/sface.csv"
    assert subprocess.run(["git", "check-ignore", "-q", "--no-index", name], cwd=ROOT, check=False).returncode == 0
    from dvc.repo import Repo

    with Repo(str(ROOT)) as repo:
        assert repo.dvcignore.is_ignored_dir(str(ROOT / "data/embeddings/.lookalike-abc.tmp"))
