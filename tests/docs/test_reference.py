"""The generated pages say what the code says now."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lookalike.cli import app
from lookalike.params import reference
from lookalike.params.load import load_params
from tests.params.study import STUDY

ROOT = Path(__file__).parents[2]
COMMANDS = ROOT / "docs/cli.md"
RUNNER = CliRunner()


def test_the_reference_of_params_is_current_and_every_param_has_its_meaning() -> None:
    text = reference.params_reference()
    assert (ROOT / reference.PAGE).read_text() == text, "run `make docs`"
    assert not [line for line in text.splitlines() if line.startswith("| `") and line.endswith("|  |")]


def test_the_table_of_weights_is_current() -> None:
    page = (ROOT / reference.MODELS).read_text()
    params = load_params(ROOT / "params.yaml")
    assert reference.with_weights(page, params) == page, "run `make docs`"
    table = page.partition(reference.MARKS[0])[2].partition(reference.MARKS[1])[0]
    for name, weights in params.weights.items():
        (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", table, re.M)
        assert weights.licence in row and weights.sha256 in row and weights.source in row


def test_every_system_of_the_study_has_its_row() -> None:
    page = (ROOT / reference.MODELS).read_text()
    section = page.split("## The study's systems")[1].split("\n## ")[0]
    rows = re.findall(r"^\| .+ \| `([a-z0-9_]+)` \| `([a-z0-9_]+)` \| .+ \|$", section, re.M)
    models = load_params(ROOT / "params.yaml").models
    assert rows == [(name, models[name].backbone.weights) for name in STUDY]


def test_the_reference_of_commands_is_current() -> None:
    generator = [sys.executable, "-m", "typer", "lookalike.cli", "utils", "docs"]
    written = subprocess.run(
        [*generator, "--name", "lookalike", "--title", "Commands"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert COMMANDS.read_text().strip() == written.stdout.strip(), "run `make docs`"


def sections() -> dict[str, str]:
    """Command -> its section of the page."""
    parts = re.split(r"^## `lookalike ([a-z-]+)`$", COMMANDS.read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_that_help_lists_has_its_section() -> None:
    # Help draws a box, whose rows with text in the first column are the commands.
    listed = re.findall(r"^│ ([a-z][a-z-]*) ", RUNNER.invoke(app, ["--help"], env={"COLUMNS": "200"}).output, re.M)
    assert listed
    assert sections().keys() == set(listed)


@pytest.mark.parametrize("command", sections())
def test_every_argument_and_option_has_its_meaning(command: str) -> None:
    rows = re.findall(r"^\* `.*", sections()[command], re.M)
    assert rows and all(re.fullmatch(r"\* `.+`: \S.*", row) for row in rows)
