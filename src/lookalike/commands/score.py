"""What a submission is worth."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def score(
    file: Annotated[Path, typer.Argument(help="a submission, in any of the competition's formats")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Score a submission against the labels of the run's dataset, with 95 % intervals."""
    from lookalike.kit.tables import terminal, write_terminal
    from lookalike.metrics.scoreboard import scoreboard
    from lookalike.run.run import Run
    from lookalike.tools.submit.read import read_submission
    from lookalike.tools.submit.score import score_submission

    files = Run().files
    figures = score_submission(read_submission(file), files.truth, files.params)
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        write_terminal(scoreboard(figures), terminal())
