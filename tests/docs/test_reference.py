"""The generated pages say what the code says now."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lookalike.cli import app
from lookalike.reference import commands, params

ROOT = Path(__file__).parents[2]
RUNNER = CliRunner()


def test_the_reference_of_params_is_current_and_every_param_has_its_meaning() -> None:
    text = params.params_reference()
    assert (ROOT / params.PAGE).read_text() == text, "run `make docs`"
    assert not [line for line in text.splitlines() if line.startswith("| `") and line.endswith("|  |")]


def test_the_reference_of_commands_is_current_and_every_option_has_its_meaning() -> None:
    text = commands.commands_reference()
    assert (ROOT / commands.PAGE).read_text() == text, "run `make docs`"
    assert not [line for line in text.splitlines() if line.startswith("| `") and line.endswith("|  |")]


def sections() -> dict[str, str]:
    """Command -> its section of the page."""
    parts = re.split(r"^## `lookalike ([a-z-]+)`$", commands.commands_reference(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_that_help_lists_has_its_section() -> None:
    # Help draws a box, whose rows with text in the first column are the commands.
    listed = re.findall(r"^│ ([a-z][a-z-]*) ", RUNNER.invoke(app, ["--help"], env={"COLUMNS": "200"}).output, re.M)
    assert listed
    assert sections().keys() == set(listed)


@pytest.mark.parametrize("command", sections())
def test_the_reference_names_the_options_that_help_names(command: str) -> None:
    shown = RUNNER.invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
    listed = re.findall(r"^│ [* ]*(--[a-z][a-z-]*)", shown, re.M)
    documented = re.findall(r"^\| `(--[a-z][a-z-]*)", sections()[command], re.M)
    assert listed == [*documented, "--help"]
