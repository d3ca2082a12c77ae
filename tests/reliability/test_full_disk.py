"""A disk that is full, read-only or too small: one sentence that names the file, and nothing left behind."""

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.table import Catalog
from lookalike.kit.arrays import read_array, written_array
from lookalike.kit.entry import entry_point
from lookalike.kit.errors import FileFault, LookalikeError, file_fault, size_text
from lookalike.kit.files import atomic_path, write_text
from lookalike.kit.parquet import write_table
from lookalike.run.layout import Layout
from lookalike.training.checkpoints import Checkpoints
from tests.reliability.disks import mounted
from tests.training.project import ROOT, make

MEGABYTE = 1_000_000


def test_an_array_that_does_not_fit_is_refused_before_anything_is_filled(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", MEGABYTE):
        target, filled = tmp_path / "disk/crops/tiny.npy", []
        with (
            pytest.raises(FileFault, match=r"tiny\.npy: no space left .*: 3\.1 MB are needed, 1\.0 MB are free"),
            written_array(target, np.uint8, (1000, 32, 32, 3)) as array,
        ):
            filled.append(array)
        assert not filled
        assert list((tmp_path / "disk").rglob("*")) == [target.parent]


def test_a_disk_that_another_program_fills_meanwhile_is_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So much was free when it was asked.
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10**12}))
    with mounted(tmp_path / "disk", MEGABYTE):
        with (
            pytest.raises(FileFault, match=r"tiny\.npy: no space left on device \(3\.1 MB are needed"),
            written_array(tmp_path / "disk/tiny.npy", np.uint8, (1000, 32, 32, 3)),
        ):
            raise AssertionError("nothing to fill")
        with pytest.raises(FileFault, match=r"t\.parquet: no space left on device"):
            write_table(tmp_path / "disk/t.parquet", {"a": np.zeros(300_000)})
        with pytest.raises(FileFault, match=r"a\.txt: no space left on device"):
            write_text(tmp_path / "disk/a.txt", "x" * 2 * MEGABYTE)
        with pytest.raises(FileFault, match=r"epoch\.pt: no space left on device"):
            import torch

            Checkpoints(tmp_path / "disk", "run").save({"weights": torch.zeros(300_000)})
        left = [path for path in (tmp_path / "disk").rglob("*") if path.is_file()]
        assert left == []


def test_a_read_only_disk_is_named(tmp_path: Path) -> None:
    with (
        mounted(tmp_path / "disk", MEGABYTE, read_only=True),
        pytest.raises(FileFault, match=r"a\.txt: read-only file system; .*make it writable"),
    ):
        write_text(tmp_path / "disk/a.txt", "x")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
def test_every_fault_of_a_disk_names_the_file_and_what_to_do(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", failing)
    with pytest.raises(FileFault) as caught, atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("x")
    assert str(caught.value).startswith(f"{tmp_path / 'a.txt'}: {os.strerror(number).lower()[:8]}")
    assert ";" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_other_errors_stay_what_they_are(tmp_path: Path) -> None:
    assert file_fault(FileNotFoundError(errno.ENOENT, "No such file")) is None
    with pytest.raises(IsADirectoryError), atomic_path(tmp_path / "a"):
        (tmp_path / "b").mkdir()
        (tmp_path / "b").write_text("x")


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (999, "999 bytes"), (37_632_000, "37.6 MB"), (5e12, "5.0 TB")]
)
def test_a_size_is_told_as_people_read_it(size: float, text: str) -> None:
    assert size_text(size) == text


def stage(project: Path, name: str, *arguments: str, most: int | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a stage whose process may write no file longer than `most` bytes: a limit that needs no rights."""

    def limited() -> None:
        if most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return subprocess.run(
        [sys.executable, str(ROOT / f"stages/{name}.py"), *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=limited,
    )


def catalogued(project: Path) -> None:
    """Give the tiny project pictures: one grey image under each of its names."""
    catalog = Catalog.read(Layout(project).training)
    import cv2

    folder = Layout(project).images("sample")
    folder.mkdir(parents=True)
    for name in catalog.image_id:
        cv2.imwrite(str(folder / f"{name}.png"), np.full((40, 40, 3), 99, np.uint8))
        (folder / f"{name}.png").rename(folder / name)
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("crop: true", "crop: false"))


@pytest.mark.slow  # a stage is a program, and only a program can be ended by a signal
def test_the_crop_stage_says_that_there_is_no_room_and_ends_by_no_signal(tmp_path: Path) -> None:
    project = make(tmp_path / "project")
    catalogued(project)
    before = Layout(project).crops("tiny").read_bytes()
    result = stage(project, "crop", "--model", "tiny", most=100_000)
    assert result.returncode == 1, result
    (line,) = result.stderr.splitlines()
    assert line.startswith("lookalike: data/crops/tiny.npy: file too large (") and "are needed" in line
    assert Layout(project).crops("tiny").read_bytes() == before
    assert list(Layout(project).scratch.iterdir()) == []
    assert stage(project, "crop", "--model", "tiny").returncode == 0
    assert len(read_array(Layout(project).crops("tiny"))) == len(Catalog.read(Layout(project).training))


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let programs that a test starts hear of Ctrl-C; those of a shell's background ignore it, and hand that on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow  # Ctrl-C goes to a program
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_a_stage_without_a_traceback(tmp_path: Path) -> None:
    project = make(tmp_path / "project", epochs=400, patience=400)
    command = [sys.executable, str(ROOT / "stages/finetune.py"), "--model", "tiny"]
    program = subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True)
    folder = Layout(project).checkpoints
    while not list(folder.glob("*/part0/epoch.pt")):
        assert program.poll() is None, program.communicate()
        signal.sigtimedwait([], 0.05)
    program.send_signal(signal.SIGINT)
    _, told = program.communicate(timeout=60)
    assert program.returncode == 130
    assert told.splitlines()[-1] == "lookalike: interrupted; what is finished is kept"
    assert "Traceback" not in told


def test_an_entry_point_tells_a_fault_of_the_disk(capsys: pytest.CaptureFixture[str]) -> None:
    @entry_point
    def command(error: BaseException) -> None:
        raise error

    for error, status, text in (
        (OSError(errno.ENOSPC, "No space left on device", "/tmp/upload"), 1, "/tmp/upload: no space left on device ("),
        (PermissionError(errno.EACCES, "Permission denied", "/root/x"), 1, "/root/x: permission denied; mend its"),
        (LookalikeError("no params"), 1, "no params"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ):
        with pytest.raises(SystemExit) as ended:
            command(error)
        assert ended.value.code == status
        assert capsys.readouterr().err.startswith(f"lookalike: {text}")
    with pytest.raises(FileNotFoundError):
        command(FileNotFoundError(errno.ENOENT, "No such file or directory"))
