import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lookalike.kit import durations
from lookalike.kit.durations import clocks, note_work, read_durations, read_work, since, stage_name, stopwatch
from lookalike.kit.errors import FileFault


@pytest.mark.parametrize(
    ("command", "name"),
    [(["stages/embed.py", "sface"], "embed@sface"), (["stages/score.py"], "score"), (["/a/b/tune.py"], "tune")],
)
def test_a_command_has_the_name_that_dvc_gives_the_stage(command: list[str], name: str) -> None:
    assert stage_name(command) == name


def test_durations_are_kept_by_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.5, 20.0, 21.0, 30.0, 34.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    file = tmp_path / "deep" / "durations.json"
    for command in (["stages/faces.py"], ["stages/embed.py", "sface"], ["stages/faces.py"]):
        with stopwatch(command, file):
            pass
    assert read_durations(file) == {"faces": 4.0, "embed@sface": 1.0}


def test_a_stage_that_fails_leaves_the_last_figure(tmp_path: Path) -> None:
    file = tmp_path / "durations.json"
    file.write_text(json.dumps({"faces": 4.0}))
    with pytest.raises(SystemExit), stopwatch(["stages/faces.py"], file):
        raise SystemExit(1)
    assert read_durations(file) == {"faces": 4.0}


@pytest.mark.parametrize("text", ["", "[]", '{"faces": "long"}', "{"])
def test_a_damaged_file_is_nothing_known_and_is_mended(tmp_path: Path, text: str) -> None:
    file = tmp_path / "durations.json"
    file.write_text(text)
    assert read_durations(file) == {}
    with stopwatch(["stages/faces.py"], file):
        pass
    assert list(read_durations(file)) == ["faces"]


def test_work_is_kept_by_kind_with_the_machine_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "work.json"
    note_work("faces", 652, 7.0, 6.5, threads=3, memory=10**9, file=file)
    note_work("embed@sface", 100, 4.0, 4.0, device="cuda", file=file)
    found = read_work(file)
    assert list(found) == ["embed@sface", "faces"]
    faces = found["faces"]
    assert (faces.units, faces.seconds, faces.core_seconds, faces.threads, faces.memory) == (652, 7.0, 6.5, 3, 10**9)
    assert faces.device == "cpu" and faces.cores >= 1 and faces.machine
    assert found["embed@sface"].memory > 1_000_000  # of this process
    assert found["embed@sface"].rate == 25  # a card is busy by the clock, not by processor time


def test_what_was_taken_from_the_store_leaves_the_last_figure(tmp_path: Path) -> None:
    file = tmp_path / "work.json"
    note_work("faces", 652, 7.0, 6.5, file=file)
    note_work("faces", 0, 0.2, 0.1, file=file)
    note_work("faces", 1, 0.2, 0.1, file=file)  # one photograph: chance
    assert read_work(file)["faces"].units == 652
    note_work("faces", 90, 1.0, 1.0, file=file)
    assert read_work(file)["faces"].units == 90


def test_little_work_is_better_than_none_known(tmp_path: Path) -> None:
    file = tmp_path / "work.json"
    for units in (5, 7):
        note_work("faces", units, 0.2, 0.1, file=file)
        assert read_work(file)["faces"].units == units


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"faces": 1}', '{"faces": {}}', '{"faces": {"units": 3}}', '{"faces": null}']
)
def test_damaged_notes_of_work_are_nothing_known_and_are_mended(tmp_path: Path, text: str) -> None:
    file = tmp_path / "work.json"
    file.write_text(text)
    assert read_work(file) == {}
    note_work("faces", 5, 2.0, 2.0, file=file)
    assert read_work(file)["faces"].units == 5


def test_notes_of_work_without_a_rate_are_nothing_known(tmp_path: Path) -> None:
    file = tmp_path / "work.json"
    note_work("faces", 5, 2.0, 2.0, file=file)
    for field in ("units", "seconds", "core_seconds", "threads", "cores"):
        known = json.loads(file.read_text())
        known["faces"][field] = 0
        (tmp_path / "spoilt.json").write_text(json.dumps(known))
        assert read_work(tmp_path / "spoilt.json") == {}


def test_work_that_cannot_be_noted_fails_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise FileFault("no space left")

    monkeypatch.setattr(durations, "write_json", full)
    note_work("faces", 5, 2.0, 2.0, file=tmp_path / "work.json")
    monkeypatch.undo()
    monkeypatch.setenv("LOOKALIKE_WORKERS", "none")
    note_work("faces", 5, 2.0, 2.0, file=tmp_path / "work.json")
    assert read_work(tmp_path / "work.json") == {}


def test_the_clocks_count_children_that_have_ended() -> None:
    start = clocks()
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
    seconds, core_seconds = since(start)
    assert core_seconds >= 0.3
    assert seconds >= 0.3
