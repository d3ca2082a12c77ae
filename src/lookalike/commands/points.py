"""What the last run scored."""

import typer

from lookalike.commands.places import METRICS
from lookalike.kit.entry import told_plainly


@told_plainly
def points() -> None:
    """Print the competition points of the last run."""
    from lookalike.kit.files import read_json
    from lookalike.metrics.scoreboard import scoreboard

    typer.echo(scoreboard(read_json(METRICS)))
