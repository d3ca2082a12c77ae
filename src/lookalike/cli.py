"""The `lookalike` command."""

import typer

from lookalike.commands.check import check
from lookalike.commands.gate import gate
from lookalike.commands.points import points
from lookalike.commands.submit import submit
from lookalike.commands.track import track

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in (check, points, gate, submit, track):
    app.command()(command)
