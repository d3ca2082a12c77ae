"""The page on a machine whose disk is full, and its end by Ctrl-C."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lookalike.kit.errors import FileFault
from lookalike.tools.serve.app import build_app
from tests.pipeline.imports import ROOT

URL = "http://127.0.0.1:8000"
# A GIF of one pixel, as the page looks at what it is sent before it searches.
PHOTOGRAPH = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
PROGRAM = """
from types import SimpleNamespace
from lookalike.commands import serve
from lookalike.tools.search import searcher
searcher.Searcher = SimpleNamespace(open=lambda *_: SimpleNamespace(systems=("a",)))
serve.serve(port=0, host="127.0.0.1", gallery=None, open_page=False)
"""


class Failing:
    """A searcher on a disk that fails."""

    systems = ("sface",)

    def __init__(self, error: Exception) -> None:
        self._error = error

    def see(self, *_: object) -> None:
        raise self._error


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device", "/tmp/x"), FileFault("/secret/x: no space left")]
)
def test_a_full_disk_is_told_to_the_page_and_its_place_to_the_terminal(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    client = TestClient(build_app(Failing(error)), base_url=URL, raise_server_exceptions=False)
    answer = client.post("/api/search", content=PHOTOGRAPH, params={"system": "sface"})
    assert answer.status_code == 507
    assert "full or fails" in answer.json()["error"] and "/" not in answer.json()["error"]
    assert "no space left" in capsys.readouterr().err


def test_a_full_folder_for_uploads_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    client = TestClient(build_app(Failing(AssertionError())), base_url=URL, raise_server_exceptions=False)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/lookalike-x")

    monkeypatch.setattr("lookalike.tools.serve.uploads.NamedTemporaryFile", full)
    assert client.post("/api/search", content=b"photo", params={"system": "sface"}).status_code == 507
    assert "lookalike: /tmp/lookalike-x: no space left on device (" in capsys.readouterr().err


@pytest.mark.slow  # Ctrl-C goes to a program
def test_ctrl_c_ends_the_page_without_a_word(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert "stop with Ctrl+C" in program.stdout.readline()
    signal.sigtimedwait([], 2)
    program.send_signal(signal.SIGINT)
    _, told = program.communicate(timeout=30)
    assert (program.returncode, told) == (0, "")
