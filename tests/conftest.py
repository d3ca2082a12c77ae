import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from tests.browser import launched, missed
from tests.e2e.project import Project, clone

# A test's speed depends on the machine, not on the code being right: no deadline, and the same examples everywhere.
settings.register_profile("lookalike", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("lookalike")

# Set before anything imports torch or OpenMP: two test workers on two cores are slower with two threads each.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# In this process, where what a test puts in place of a network is seen; the projects of e2e tests take the default.
os.environ.setdefault("LOOKALIKE_EXECUTOR", "inline")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say last of all which browser tests did not run; workers leave that to the process that started them."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and not hasattr(config, "workerinput") and (told := missed(terminal.getreports("skipped"))):
        terminal.write_line(told, yellow=True, bold=True)


@pytest.fixture(scope="session")
def finished_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone whose pipeline has run; whoever changes it puts it back.

    Made once for each worker; a file's tests run on one, in their order (`--dist loadfile`).
    """
    project = clone(tmp_path_factory.mktemp("clone"))
    project.repro()
    return project


@pytest.fixture(scope="session")
def made_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with made-up runs at several revisions; whoever changes it works on a copy."""
    from tests.made_project import make  # it imports much, and most tests do without

    root = tmp_path_factory.mktemp("made_project")
    make(root)
    return root


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium."""
    with launched() as browser:
        yield browser
