"""Where no browser is: one is fetched, tests are skipped and named, and CI fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import browser

ROOT = Path(__file__).parents[1]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without Chromium, and without Playwright's."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would be run to fetch a browser; it fails, as it does without a network."""
    made: list[list[str]] = []

    def run(command: list[str], **_: object) -> None:
        made.append(command)
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(browser.subprocess, "run", run)
    return made


def test_without_a_network_the_run_goes_on_and_says_so(
    bare: Path, calls: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    browser.fetch()
    assert [call[1:] for call in calls] == [["-m", "playwright", "install", "chromium"]]
    assert "the browser tests will be skipped" in capsys.readouterr().out


def test_the_machines_own_browser_is_enough(bare: Path, calls: list[list[str]]) -> None:
    (bare / "chromium").touch(mode=0o755)
    browser.fetch()
    assert calls == []


def test_a_browser_that_was_fetched_before_is_enough(bare: Path, calls: list[list[str]]) -> None:
    with browser.sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    assert path.is_relative_to(bare)
    path.parent.mkdir(parents=True)
    path.touch()
    browser.fetch()
    assert calls == []


def test_ci_fetches_nothing(bare: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    browser.fetch()
    assert calls == []


# Another process of pytest: what it prints last, and how it ends, is what is asked for.
@pytest.mark.slow
@pytest.mark.parametrize(("ci", "code", "workers"), [("false", 0, "0"), ("false", 0, "2"), ("true", 1, "0")])
def test_unrun_tests_are_named_in_the_last_line_and_fail_in_ci(ci: str, code: int, workers: str, bare: Path) -> None:
    tests = bare / "test_pages.py"
    tests.write_text("def test_a(chromium): pass\ndef test_b(chromium): pass\ndef test_c(): pass\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-n",
        workers,
        str(tests),
    ]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"CI": ci}, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout
    *_, named, why = done.stdout.splitlines()
    if ci == "true":
        assert "CI must have chromium on the PATH" in done.stdout
    else:
        assert named.startswith("2 browser tests did not run: ") and named.endswith("test_pages.py (2)")
        assert why.startswith("no chromium on the PATH, and Playwright's does not start: ")
        assert "1 passed, 2 skipped" in done.stdout


def test_where_all_ran_nothing_is_said() -> None:
    assert browser.missed([]) == ""
