"""Which executor the environment asks for, and the one that is no other process."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from lookalike.engine.executors import base
from lookalike.engine.executors.base import Done, InlineExecutor, chosen
from lookalike.engine.executors.local import LocalExecutor
from lookalike.kit.errors import LookalikeError
from tests.engine.executors.jobs import Files, left, names, plain, starts


@pytest.mark.parametrize(("value", "workers"), [(None, 1), ("", 1), ("local", 1), ("local:4", 4), ("local:120", 120)])
def test_local_by_default(value: str | None, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOOKALIKE_EXECUTOR", raising=False)
    if value is not None:
        monkeypatch.setenv("LOOKALIKE_EXECUTOR", value)
    executor = chosen()
    assert isinstance(executor, LocalExecutor)
    assert executor.workers == workers


@pytest.mark.parametrize(
    "value", ["locale", "local:", "local:0", "local:-1", "local: 2", "inline:2", "ray:x", "Ray", "dask"]
)
def test_another_name_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_EXECUTOR", value)
    with pytest.raises(LookalikeError, match=f"LOOKALIKE_EXECUTOR={value}: expected inline, local, local:4, ray"):
        chosen()


def test_ray_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "find_spec", lambda name: None if name == "ray" else find_spec(name))
    monkeypatch.setenv("LOOKALIKE_EXECUTOR", "ray:6")
    with pytest.raises(LookalikeError, match="Ray is not installed; run `make setup EXTRAS=ray`"):
        chosen()


def test_inline_is_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_EXECUTOR", "inline")
    executor, parts = chosen(), plain(3, 2)
    assert isinstance(executor, InlineExecutor)
    assert list(executor.run(Files(str(tmp_path)), parts)) == [Done(part, {}) for part in parts]
    assert set(left(tmp_path, "done").values()) == set(names(parts))
    assert list(starts(tmp_path)) == [os.getpid()]


def test_nothing_to_do_starts_nothing(tmp_path: Path) -> None:
    for executor in (InlineExecutor(), LocalExecutor(2)):
        assert list(executor.run(Files(str(tmp_path), first="fault"), [])) == []
    assert not (tmp_path / "started").exists()


def test_the_program_that_has_workers_loads_no_network_itself() -> None:
    code = "import sys; from lookalike.engine.executors.base import chosen; chosen(); print(*sys.modules)"
    environment = os.environ | {"LOOKALIKE_EXECUTOR": "local:2", "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert not {"torch", "openvino", "numpy", "pyarrow", "ray"} & set(told.stdout.split())
