import json
import time
from pathlib import Path

import pytest

from lookalike.kit.durations import read_durations, stage_name, stopwatch


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
