"""What the last run scored."""

from lookalike.kit.entry import entry_point


@entry_point
def points() -> None:
    """Print the competition points of the last run."""
    from lookalike.kit.files import read_json
    from lookalike.kit.tables import terminal, write_terminal
    from lookalike.metrics.scoreboard import scoreboard
    from lookalike.run.layout import Layout

    write_terminal(scoreboard(read_json(Layout().metrics)), terminal())
