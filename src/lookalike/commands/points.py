"""What the last run scored."""

import typer

from lookalike.commands.places import METRICS
from lookalike.plainly import told_plainly


@told_plainly
def points() -> None:
    """Print the competition points of the last run."""
    from lookalike.files import read_json
    from lookalike.scoreboard import scoreboard

    typer.echo(scoreboard(read_json(METRICS)))
