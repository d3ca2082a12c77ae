"""What the last run scored."""

import typer

from lookalike.kit.entry import entry_point


@entry_point
def points() -> None:
    """Print the competition points of the last run, and say if it could read none of the queries."""
    from lookalike.kit.files import read_json
    from lookalike.kit.tables import terminal, write_terminal
    from lookalike.metrics.scoreboard import scoreboard, unreadable_sides
    from lookalike.run.layout import Layout

    layout = Layout()
    write_terminal(scoreboard(read_json(layout.metrics)), terminal())
    if layout.catalog_counts.is_file():
        for told in unreadable_sides(read_json(layout.catalog_counts)):
            typer.echo(f"lookalike: {told}", err=True)
