"""The command `lookalike doctor` as a person starts it."""

import typer
from typer.testing import CliRunner

from lookalike.commands.doctor import doctor


def invoke(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(doctor)
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output
